// A form that the bot has opened.

import { choicesOf } from "./choices.js";
import { connection } from "./client.js";
import { h, newId } from "./dom.js";
import { dropZone } from "./drop-zone.js";
import { leavingOf } from "./leaving.js";
import { richText } from "./rich-text.js";
import { openSheet } from "./sheet.js";
import { state } from "./state.js";

const ROW = 1;
const TEXT_INPUT = 4;
const TEXT = 10;
const LABEL = 18;
const FILES = 19;
const RADIO = 21;
const CHECKBOXES = 22;
const CHECKBOX = 23;
const PARAGRAPH = 2;

/** Open it, as Discord describes it; `opened` names it to the page's server. */
export function openModal(modal) {
  const fields = new Map();
  const problem = h("p", { class: "problem", role: "alert" });
  const values = () => Object.fromEntries([...fields].map(([id, value]) => [id, value()]));
  const form = h("form", {
    class: "modal-form", novalidate: true,
    onsubmit: async (event) => {
      event.preventDefault();
      const answer = await connection.ask("submit", { opened: modal.opened, values: values() });
      problem.textContent = answer.refused ?? answer.failed ?? "";
      if (!problem.textContent) sheet.close();
    },
  },
    modal.components.map((component) => part(component, fields)),
    problem,
    h("footer", {}, h("button", { type: "submit", class: "button primary" }, "Submit")));
  const sheet = openSheet(modal.title, form);
  const leaving = leavingOf(form, problem, values);
  sheet.addEventListener("cancel", (event) => {
    if (!leaving()) event.preventDefault();
  });
  form.querySelector("input, textarea, select, button")?.focus();
}

function part(component, fields) {
  if (component.type === TEXT) return h("div", { class: "rich" }, richText(component.content));
  const inner = component.type === ROW ? component.components[0] : component.component ?? component;
  const id = newId("field");
  const hint = component.type === LABEL ? component.description : null;
  const { element, value } = inputOf(inner, { id, "aria-describedby": hint ? `${id}-hint` : null });
  fields.set(inner.custom_id, value);
  const needed = inner.required ?? inner.type !== CHECKBOX;
  return h("div", { class: "option" },
    h("label", { for: id }, component.label ?? inner.label, " ",
      h("span", { class: needed ? "required" : "optional" }, needed ? "required" : "optional")),
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    element);
}

function inputOf(component, described) {
  const make = {
    [TEXT_INPUT]: textOf, [FILES]: filesOf, [RADIO]: radiosOf, [CHECKBOXES]: checkboxesOf,
    [CHECKBOX]: checkboxOf,
  }[component.type] ?? selectOf;
  return make(component, described);
}

function textOf(component, described) {
  const long = component.style === PARAGRAPH;
  const element = h(long ? "textarea" : "input", {
    ...described, type: long ? null : "text", rows: long ? "4" : null, autocomplete: "off",
    placeholder: component.placeholder, maxlength: component.max_length,
  });
  element.value = component.value ?? "";
  return { element, value: () => element.value };
}

function selectOf(component, described) {
  const several = (component.max_values ?? 1) > 1;
  const choices = choicesOf(component, state.place);
  const element = h("select", { ...described, multiple: several },
    !several && h("option", { value: "" }, component.placeholder ?? "not set"),
    choices.map((choice) => h("option", { value: choice.value, selected: choice.chosen },
      choice.label)));
  return {
    element,
    value: () => [...element.selectedOptions].map((each) => each.value).filter(Boolean),
  };
}

function filesOf(component, described) {
  const several = (component.max_values ?? 1) > 1;
  const { element, value } = dropZone(described, { several });
  return { element, value: () => [value()].flat().filter(Boolean) };
}

function radiosOf(component, described) {
  return ticks("radio", component, described, (values) => values[0] ?? null);
}

function checkboxesOf(component, described) {
  return ticks("checkbox", component, described, (values) => values);
}

function ticks(type, component, { id, ...described }, read) {
  const element = h("div", { ...described, class: "ticks", role: type === "radio" ? "radiogroup"
    : "group" }, component.options.map((option, index) => h("label", {},
    h("input", { type, id: index ? null : id, name: component.custom_id, value: option.value,
      checked: option.default }),
    option.label,
    option.description && h("span", { class: "hint" }, option.description))));
  const checked = () => [...element.querySelectorAll(":checked")].map((each) => each.value);
  return { element, value: () => read(checked()) };
}

function checkboxOf(component, described) {
  const element = h("input", { ...described, type: "checkbox", checked: component.default });
  return { element, value: () => element.checked };
}
