// The bot's state, and the buttons that kill and start it.

import { connection } from "./client.js";
import { h } from "./dom.js";

/** Make them; `show` tells how the bot is. They stay the same, so that the focus is not lost. */
export function botControls() {
  const lamp = h("p", { role: "status" });
  const kill = h("button", { type: "button", class: "button danger",
    onclick: () => connection.ask("kill") }, "Kill it with -9");
  const start = h("button", { type: "button", class: "button success",
    onclick: () => connection.ask("start") }, "Start it");
  const element = h("div", { class: "bot-state" }, lamp, kill, start);

  function show({ running, connected }) {
    const focused = element.contains(document.activeElement);
    const up = connected ? ["running and connected", "good"] : ["starting", "waiting"];
    const [word, colour] = running ? up : ["not running", "bad"];
    lamp.className = `lamp ${colour}`;
    if (lamp.textContent !== word) lamp.textContent = word;
    kill.disabled = !running;
    start.disabled = running;
    if (focused) (running ? kill : start).focus();
  }

  return { element, show };
}
