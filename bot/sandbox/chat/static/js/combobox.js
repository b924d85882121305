// A field with suggestions: the bot's autocompletion, or people, roles and channels.

import { choicesOf } from "./choices.js";
import { connection } from "./client.js";
import { h } from "./dom.js";
import { asNumber } from "./numbers.js";
import { state } from "./state.js";
import { Suggestions } from "./suggestions.js";

const INTEGER = 4;
const NUMBER = 10;
const PAUSE_MS = 120;
const SELECT_OF = { 6: 5, 7: 8, 8: 6, 9: 7 };

/** Make the input; what was typed and not picked is given as it is. */
export function combobox(option, described, command) {
  const wrap = h("div", { class: "combobox", data: { anchor: "" } });
  const input = h("input", { ...described, type: "text", autocomplete: "off",
    placeholder: option.autocomplete ? "type to choose" : "type a name" });
  wrap.append(input);
  let picked = null;
  const suggestions = new Suggestions(input, "Choices", (item) => {
    picked = item;
    input.value = item.label;
  });
  const find = option.autocomplete
    ? (typed) => completions(option, command, typed)
    : (typed) => offered(option, typed);
  let asked = 0;
  const suggest = async () => {
    asked += 1;
    const now = asked;
    const items = await find(picked ? "" : input.value);
    if (now === asked && document.activeElement === input) suggestions.offer(items);
  };
  let pause = 0;
  input.addEventListener("input", () => {
    picked = null;
    suggestions.outdate();
    clearTimeout(pause);
    if (option.autocomplete) pause = setTimeout(suggest, PAUSE_MS);
    else suggest();
  });
  input.addEventListener("click", suggest);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && !suggestions.open) {
      event.preventDefault();
      suggest();
    }
  });
  return { input, element: wrap, value: () => picked?.value ?? typedValue(option, input.value) };
}

function typedValue(option, text) {
  return [INTEGER, NUMBER].includes(option.type) ? asNumber(text) : text || null;
}

async function completions(option, command, typed) {
  const options = { ...command.values(), [option.name]: typed };
  const answer = await connection.ask("complete", {
    path: command.path, channel: state.channel, options, focused: option.name,
  });
  return (answer.choices ?? []).map(({ name, value }) => ({ label: name, value }));
}

function offered(option, typed) {
  const choices = choicesOf({ type: SELECT_OF[option.type] }, state.place);
  const wanted = typed.toLowerCase().replace(/^[@#]/, "");
  return choices.filter(({ label }) => label.toLowerCase().includes(wanted));
}
