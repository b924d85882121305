// A dialog above everything; the browser keeps the focus in it and Escape closes it.

import { h, newId } from "./dom.js";

/** Open a dialog with a title and content; it is gone from the page once it is closed. */
export function openSheet(title, ...content) {
  const id = newId("sheet");
  const sheet = h("dialog", { class: "sheet", "aria-labelledby": id },
    h("header", {},
      h("h2", { id }, title),
      h("button", { type: "button", class: "icon", "aria-label": "Close",
        onclick: () => sheet.close() }, "✕")),
    content);
  sheet.addEventListener("close", () => sheet.remove());
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}
