// The field of an option, by the option's type (Discord's documentation numbers them).

import { combobox } from "./combobox.js";
import { h, newId } from "./dom.js";
import { dropZone } from "./drop-zone.js";
import { asNumber } from "./numbers.js";

const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const NUMBER = 10;
const ATTACHMENT = 11;

/**
 * Make the field of an option: `element` with label and hint, `input` for the focus, and
 * `value()`, null where nothing was given. `command` tells the path and the other values.
 */
export function makeField(option, command) {
  const id = newId("option");
  const described = { id, "aria-describedby": `${id}-hint`,
    "aria-required": String(Boolean(option.required)) };
  const { input, element = input, value } = makeInput(option, described, command);
  return {
    name: option.name,
    input,
    value,
    element: h("div", { class: "option" },
      h("label", { for: id }, option.name, " ",
        h("span", { class: option.required ? "required" : "optional" },
          option.required ? "required" : "optional")),
      element,
      h("p", { class: "hint", id: `${id}-hint` }, option.description, boundsText(option))),
  };
}

function makeInput(option, described, command) {
  if (option.choices?.length) return choiceInput(option.choices, described);
  if (option.type === BOOLEAN) {
    const choices = [{ name: "yes", value: true }, { name: "no", value: false }];
    return choiceInput(choices, described);
  }
  if (option.type === ATTACHMENT) return dropZone(described);
  if (option.autocomplete || option.type > BOOLEAN && option.type < NUMBER) {
    return combobox(option, described, command);
  }
  if (option.type === STRING) return textInput(described);
  return numberInput(described, option.type === INTEGER);
}

function choiceInput(choices, described) {
  const input = h("select", described, h("option", { value: "" }, "not set"),
    choices.map((choice, index) => h("option", { value: String(index) }, choice.name)));
  return { input, value: () => (input.value === "" ? null : choices[Number(input.value)].value) };
}

function textInput(described) {
  const input = h("textarea", { ...described, rows: "1", spellcheck: "true" });
  return { input, value: () => input.value || null };
}

function numberInput(described, whole) {
  const input = h("input", { ...described, type: "text", autocomplete: "off",
    inputmode: whole ? "numeric" : "decimal" });
  return { input, value: () => asNumber(input.value) };
}

function boundsText(option) {
  const { min_value: least, max_value: most, max_length: longest } = option;
  const format = (value) => value.toLocaleString("en");
  if (longest) return ` (at most ${format(longest)} characters)`;
  if (least !== undefined && most !== undefined) return ` (${format(least)} to ${format(most)})`;
  return least !== undefined ? ` (${format(least)} or more)` : "";
}
