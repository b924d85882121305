// Buttons and selects under a message.

import { choicesOf } from "./choices.js";
import { h } from "./dom.js";
import { interact } from "./interact.js";
import { webLink } from "./links.js";
import { openListbox } from "./listbox.js";
import { richLine } from "./rich-text.js";
import { state } from "./state.js";

const BUTTON = 2;
const LINK = 5;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link" };

/** Show a message's rows of buttons and selects. */
export function controlRows(message) {
  const problem = h("p", { class: "problem", role: "alert" });
  const use = (component, values = []) => press(message, component, values, problem);
  const rows = message.components.map((row) => h("div", { class: "control-row" },
    (row.components ?? []).map((component) => controlElement(component, use))));
  return rows.length ? [...rows, problem] : [];
}

function controlElement(component, use) {
  if (component.type !== BUTTON) return selectElement(component, use);
  const text = [component.emoji?.name, component.label].filter(Boolean).join(" ");
  if (component.style === LINK) return webLink(component.url, text, "button link");
  return h("button", {
    type: "button",
    class: `button ${STYLES[component.style] ?? "secondary"}`,
    disabled: component.disabled,
    data: { customId: component.custom_id },
    onclick: () => use(component),
  }, text);
}

function selectElement(component, use) {
  const choices = choicesOf(component, state.place);
  const chosen = choices.filter((choice) => choice.chosen).map((choice) => choice.label);
  const text = chosen.join(", ") || component.placeholder || "Choose";
  const button = h("button", {
    type: "button",
    class: "button select",
    disabled: component.disabled,
    data: { customId: component.custom_id },
    "aria-haspopup": "listbox",
    onclick: () => openListbox(button, text, choices, {
      least: component.min_values ?? 1,
      most: component.max_values ?? 1,
      done: (values) => use(component, values),
    }),
  }, richLine(text));
  return button;
}

async function press(message, component, values, problem) {
  const controls = problem.parentElement.querySelectorAll("button");
  for (const control of controls) control.setAttribute("aria-busy", "true");
  problem.textContent = "";
  const answer = await interact("press", {
    message: message.id, custom_id: component.custom_id, values,
  });
  for (const control of controls) control.removeAttribute("aria-busy");
  problem.textContent = answer.refused ?? answer.failed ?? "";
}
