// What happens underneath, and the switches; each part is made anew when it has changed.

import { connection } from "./client.js";
import { fill, h } from "./dom.js";
import { botControls } from "./panel-bot.js";
import { callTable } from "./panel-calls.js";
import { jobCards } from "./panel-jobs.js";
import { entryTable } from "./panel-entries.js";
import { state } from "./state.js";

/** Build the panel and keep it true. */
export function startPanel() {
  const bot = botControls();
  const parts = {
    speed: h("div", { class: "speeds", role: "radiogroup", "aria-label": "Time" }),
    troubles: h("ul", { class: "switches" }),
    jobs: h("div", { class: "cards" }),
    entries: h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Ledger" }),
    calls: h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Calls" }),
  };
  fill(document.getElementById("underneath"),
    section("The bot", bot.element),
    section("Time at the video service", parts.speed),
    section("Jobs", parts.jobs),
    section("Make it go wrong", parts.troubles, dropButton()),
    section("Ledger", parts.entries),
    section("Calls by the bot", parts.calls));
  const shows = {
    bot: bot.show,
    speed: (speed) => keepFocus(parts.speed, () => fill(parts.speed, speedButtons(speed))),
    troubles: (all) => keepFocus(parts.troubles, () => fill(parts.troubles, all.map(switchRow))),
    books: (books) => {
      fill(parts.jobs, jobCards(books.jobs));
      fill(parts.entries, entryTable(books.entries));
    },
    calls: (calls) => fill(parts.calls, callTable(calls)),
  };
  for (const [part, show] of Object.entries(shows)) state.on(part, () => show(state[part]));
  // The books name people by their ids.
  state.on("place", () => state.books && shows.books(state.books));
}

function section(title, ...content) {
  return h("details", { open: true, class: "section" },
    h("summary", {}, h("h3", {}, title)), content);
}

/** Make controls anew without taking the focus from the one that has it. */
function keepFocus(place, change) {
  const key = place.contains(document.activeElement) ? document.activeElement.value : null;
  change();
  if (key !== null) [...place.querySelectorAll("input")].find((each) => each.value === key)?.focus();
}

function speedButtons({ choices, now }) {
  return choices.map((factor) => h("label", {},
    h("input", { type: "radio", name: "speed", value: String(factor), checked: factor === now,
      onchange: () => connection.ask("speed", { factor }) }),
    h("span", {}, `${factor}×`)));
}

function switchRow({ key, title, meaning, on }) {
  return h("li", {}, h("label", {},
    h("input", { type: "checkbox", role: "switch", value: key, checked: on,
      onchange: (event) => connection.ask("trouble", { key, on: event.target.checked }) }),
    h("span", {}, h("b", {}, title), h("span", { class: "hint" }, meaning))));
}

function dropButton() {
  return h("button", { type: "button", class: "button secondary wide",
    onclick: () => connection.ask("drop") }, "Cut the gateway's connection now");
}
