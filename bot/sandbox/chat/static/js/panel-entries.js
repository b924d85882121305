// The ledger: every credit that has moved.

import { h } from "./dom.js";
import { state } from "./state.js";
import { seconds, timeElement } from "./time.js";

/** Show the latest entries. */
export function entryTable(entries) {
  if (!entries.length) return h("p", { class: "hint" }, "No credit has moved yet.");
  return h("table", {},
    h("thead", {}, h("tr", {}, ["When", "What", "Credits", "From → to", "Whose"]
      .map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", {}, entries.map(entryRow)));
}

function entryRow(entry) {
  const at = new Date(entry.at);
  const what = entry.job_id === null ? entry.kind : `${entry.kind} #${entry.job_id}`;
  return h("tr", { title: entry.reason || null },
    h("td", {}, timeElement(at, "f", seconds(at))),
    h("td", {}, what),
    h("td", { class: "figure" }, entry.amount.toLocaleString("en")),
    h("td", {}, `${entry.from_kind} → ${entry.to_kind}`),
    h("td", {}, state.user(entry.member_id)?.name ?? "the server"));
}
