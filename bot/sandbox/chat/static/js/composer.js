// The box at the bottom: a message, or with / a command.

import { connection, upload } from "./client.js";
import { openCommandForm } from "./command-form.js";
import { fill, h } from "./dom.js";
import { state } from "./state.js";
import { Suggestions } from "./suggestions.js";

const SLASH_COMMAND = 1;
const place = document.getElementById("composer");

/** The commands whose words go on from what was typed, those that begin with it first. */
export function matching(commands, typed) {
  const words = typed.replace(/^\//, "").trimStart().toLowerCase();
  const found = commands.filter((command) => command.type === SLASH_COMMAND
    && command.path.includes(words.trimEnd()));
  const begins = (command) => command.path.startsWith(words.trimEnd());
  return found.sort((one, other) => begins(other) - begins(one));
}

/** Put the plain box there, with the focus where it was asked for. */
export function showPlainBox({ focus = false } = {}) {
  const box = new PlainBox();
  fill(place, box.element);
  box.attach();
  if (focus) box.input.focus();
}

/** Begin to fill in a command. */
export function startCommand(command) {
  openCommandForm(place, command, () => showPlainBox({ focus: true }));
}

class PlainBox {
  #files = [];

  constructor() {
    this.input = h("input", {
      type: "text", autocomplete: "off", maxlength: "2000", spellcheck: "true",
      placeholder: "Message, or / for commands", "aria-label": "Message, or / for commands",
      oninput: () => this.#suggest(),
    });
    this.problem = h("p", { class: "problem", role: "alert" });
    this.chips = h("div", { class: "chips" });
    this.picker = h("input", { type: "file", multiple: true, hidden: true,
      onchange: () => this.#take([...this.picker.files]) });
    this.element = h("form", { class: "plain-box", onsubmit: (event) => this.#send(event) },
      this.problem, this.chips,
      h("div", { class: "line", data: { anchor: "" } },
        h("button", { type: "button", class: "icon", "aria-label": "Attach a file",
          onclick: () => this.picker.click() }, "+"),
        this.picker, this.input,
        h("button", { type: "submit", class: "icon send", "aria-label": "Send" }, "➤")));
    this.element.addEventListener("dragover", (event) => event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#take([...event.dataTransfer.files]);
    });
  }

  attach() {
    this.suggestions = new Suggestions(this.input, "Commands", ({ command }) => {
      startCommand(command);
    });
  }

  #suggest() {
    this.problem.textContent = "";
    const typed = this.input.value;
    if (!typed.startsWith("/")) {
      this.suggestions.close();
      return;
    }
    this.suggestions.offer(matching(state.commands, typed).map((command) => ({
      command,
      mark: "/",
      label: command.path,
      note: command.description,
      group: state.place.bot?.name,
    })));
  }

  async #take(files) {
    for (const file of files) {
      const kept = await upload(file);
      if (kept.error) {
        this.problem.textContent = kept.error;
        continue;
      }
      this.#files.push(kept);
      const chip = h("button", { type: "button", class: "chip",
        "aria-label": `Remove ${kept.name}`,
        onclick: () => {
          this.#files = this.#files.filter((each) => each !== kept);
          chip.remove();
        } }, `${kept.name} ✕`);
      this.chips.append(chip);
    }
  }

  async #send(event) {
    event.preventDefault();
    const content = this.input.value;
    if (content.startsWith("/")) {
      this.problem.textContent = "There is no such command; / lists what there is";
      return;
    }
    if (!content.trim() && !this.#files.length) return;
    const answer = await connection.ask("say", {
      channel: state.channel, content, files: this.#files.map((each) => each.ticket),
    });
    this.problem.textContent = answer.refused ?? answer.failed ?? "";
    if (!this.problem.textContent) showPlainBox({ focus: true });
  }
}
