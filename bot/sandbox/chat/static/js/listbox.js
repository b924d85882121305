// A list that a select's button opens; one value or several can be chosen.

import { h } from "./dom.js";
import { closePopup, placeBeside } from "./popup.js";

/** Open the list; `done` is told the values once there are enough of them. */
export function openListbox(button, label, choices, { least, most, done }) {
  const several = most > 1;
  const chosen = new Set(choices.filter((each) => several && each.chosen)
    .map((each) => each.value));
  const close = () => {
    document.removeEventListener("pointerdown", outside, true);
    closePopup(box);
    box.remove();
    if (button.isConnected) button.focus();
  };
  const outside = (event) => {
    if (!box.contains(event.target)) close();
  };
  const finish = (values) => {
    close();
    done(values);
  };
  const toggle = (option, value) => {
    if (!several) return finish([value]);
    if (chosen.has(value)) chosen.delete(value);
    else if (chosen.size < most) chosen.add(value);
    option.setAttribute("aria-selected", String(chosen.has(value)));
    if (confirm) confirm.disabled = chosen.size < least;
    return undefined;
  };
  const options = choices.map(({ value, label: text, note }) => {
    const option = h("li", {
      role: "option", tabindex: "-1", "aria-selected": String(chosen.has(value)),
      onclick: () => toggle(option, value),
    }, h("span", { class: "suggestion-label" }, text),
    note && h("span", { class: "suggestion-note" }, note));
    return option;
  });
  const confirm = several && h("button", {
    type: "button", class: "button primary", disabled: chosen.size < least,
    onclick: () => finish([...chosen]),
  }, "Done");
  const list = h("ul", {
    role: "listbox", "aria-label": label, "aria-multiselectable": String(several),
  }, options);
  const box = h("div", { class: "suggestions listbox", popover: "manual" }, list, confirm);
  box.addEventListener("keydown", (event) => keys(event, { options, confirm, close }));
  document.body.append(box);
  placeBeside(box, button);
  options[0]?.focus();
  document.addEventListener("pointerdown", outside, true);
}

function keys(event, { options, confirm, close }) {
  const at = options.indexOf(document.activeElement);
  const acts = {
    ArrowDown: () => options[(at + 1) % options.length].focus(),
    ArrowUp: () => options[(at + options.length - 1) % options.length].focus(),
    Home: () => options[0].focus(),
    End: () => options.at(-1).focus(),
    Escape: close,
    Tab: () => (confirm && at >= 0 ? confirm.focus() : close()),
  };
  if (at >= 0) {
    acts.Enter = () => options[at].click();
    acts[" "] = acts.Enter;
  }
  if (!acts[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  acts[event.key]();
}
