// The calls that the bot makes, with their answers and how long they took.

import { h } from "./dom.js";
import { seconds, timeElement } from "./time.js";

/** Show the latest calls. */
export function callTable(calls) {
  if (!calls.length) return h("p", { class: "hint" }, "The bot has called nobody yet.");
  return h("table", {},
    h("thead", {}, h("tr", {}, ["When", "Call", "Answer", "ms"]
      .map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", {}, calls.map(callRow)));
}

function callRow(call) {
  const at = new Date(call.at);
  const ok = call.status !== null && call.status < 400;
  const over = call.milliseconds !== null;
  return h("tr", {},
    h("td", {}, timeElement(at, "f", seconds(at))),
    h("td", { class: "call" }, h("b", {}, call.to), ` ${call.method} `,
      h("span", { class: "path" }, call.path.replace("/api/v10", ""))),
    h("td", { class: ok ? "good" : over ? "bad" : "" },
      call.status ?? (over ? "cut off" : "…")),
    h("td", { class: "figure" }, call.milliseconds ?? ""));
}
