// A list to choose from beside an input, for the pointer and for the keyboard.

import { h, newId } from "./dom.js";
import { closePopup, placeBeside } from "./popup.js";

/**
 * The list of a combobox. `choose` is told the item that was picked; an item has a `label`, and
 * may have a `note`, a `mark` to stand before it, and a `group` to stand under.
 */
export class Suggestions {
  #items = [];
  #active = -1;

  constructor(input, label, choose) {
    this.input = input;
    this.choose = choose;
    this.list = h("ul", {
      id: newId("list"), class: "suggestions", role: "listbox", "aria-label": label,
      popover: "manual",
      // The input keeps the focus.
      onmousedown: (event) => event.preventDefault(),
    });
    input.after(this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("blur", () => this.close());
  }

  get open() {
    return this.input.getAttribute("aria-expanded") === "true";
  }

  /** Offer these items; none closes the list. */
  offer(items) {
    if (!items.length || !this.input.isConnected) {
      this.close();
      return;
    }
    this.#items = items;
    this.list.replaceChildren(...this.#rows());
    this.input.setAttribute("aria-expanded", "true");
    placeBeside(this.list, this.input.closest("[data-anchor]") ?? this.input);
    this.#activate(0);
  }

  /** What is offered fits what was typed before: until it is offered anew, Enter picks nothing. */
  outdate() {
    if (this.open) this.#activate(-1);
  }

  close() {
    this.#items = [];
    this.#active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    closePopup(this.list);
    this.list.replaceChildren();
  }

  #rows() {
    let group = null;
    return this.#items.flatMap((item, index) => {
      const row = h("li", {
        id: `${this.list.id}-${index}`, role: "option", "aria-selected": "false",
        onclick: () => this.#pick(index),
        onmousemove: () => this.#activate(index),
      },
        item.mark && h("span", { class: "suggestion-mark", "aria-hidden": "true" }, item.mark),
        h("span", { class: "suggestion-label" }, item.label),
        item.note && h("span", { class: "suggestion-note" }, item.note));
      if (!item.group || item.group === group) return [row];
      group = item.group;
      return [h("li", { class: "suggestion-group", role: "presentation" }, group), row];
    });
  }

  #activate(index) {
    const options = [...this.list.querySelectorAll("[role=option]")];
    options[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = index;
    const option = options[index];
    if (!option) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  #pick(index) {
    const item = this.#items[index];
    this.close();
    this.choose(item);
  }

  #key(event) {
    if (!this.open || event.isComposing) return;
    const count = this.#items.length;
    const keys = {
      ArrowDown: () => this.#activate((this.#active + 1) % count),
      ArrowUp: () => this.#activate((Math.max(this.#active, 0) + count - 1) % count),
      Enter: () => this.#pick(this.#active),
      Tab: () => this.#pick(this.#active),
      Escape: () => this.close(),
    };
    if (!keys[event.key] || event.shiftKey) return;
    if (this.#active < 0 && ["Enter", "Tab"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keys[event.key]();
  }
}
