// What only this visitor is told, by the page itself: that a command came to nothing.

import { h } from "./dom.js";
import { announce } from "./announcer.js";

/** Show under the messages that something did not happen. */
export function addNotice(what, problem) {
  const notice = h("div", { class: "notice" },
    h("p", {}, h("b", {}, what), " ", h("span", { class: "problem" }, problem)),
    h("button", { type: "button", class: "quiet", onclick: () => notice.remove() }, "Dismiss"));
  document.getElementById("messages").after(notice);
  notice.scrollIntoView({ block: "nearest" });
  announce(`${what}: ${problem}`);
}
