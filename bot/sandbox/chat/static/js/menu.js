// A menu that a button opens: arrows move, Enter picks, Escape and Tab close.

import { h } from "./dom.js";
import { closePopup, placeBeside } from "./popup.js";

/** Open a menu beside an element; an item has a `label` and says with `act` what it does. */
export function openMenu(anchor, label, items) {
  const back = document.activeElement;
  const close = ({ refocus = true } = {}) => {
    document.removeEventListener("pointerdown", outside, true);
    closePopup(menu);
    menu.remove();
    anchor.setAttribute("aria-expanded", "false");
    if (refocus) (back?.isConnected ? back : anchor).focus();
  };
  const outside = (event) => {
    if (!menu.contains(event.target)) close({ refocus: false });
  };
  const menu = h("div", { class: "menu", role: "menu", "aria-label": label, popover: "manual" },
    items.map((item) => h("button", {
      type: "button", role: "menuitem", tabindex: "-1",
      onclick: () => {
        close();
        item.act();
      },
    }, item.label, item.note && h("span", { class: "suggestion-note" }, item.note))));
  menu.addEventListener("keydown", (event) => keys(event, menu, close));
  document.body.append(menu);
  anchor.setAttribute("aria-expanded", "true");
  placeBeside(menu, anchor);
  menu.firstElementChild?.focus();
  document.addEventListener("pointerdown", outside, true);
}

function keys(event, menu, close) {
  const items = [...menu.children];
  const at = items.indexOf(document.activeElement);
  const moves = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at + items.length - 1) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  if (event.key in moves) items[moves[event.key]].focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
