// The server's channels, and the choice of who one is.

import { avatar } from "./avatar.js";
import { connection } from "./client.js";
import { showPlainBox } from "./composer.js";
import { fill, h } from "./dom.js";
import { state } from "./state.js";

/** Show channels and people, and keep them true. */
export function startSidebar() {
  state.on("place", () => keepChannel());
  state.on(["place", "channel"], () => showPlace());
  state.on(["people", "you"], () => showPeople());
  state.on("you", () => dropDraft());
}

let drafting = null;

/** A half-filled command was the other person's; one's own outlives a lost connection. */
function dropDraft() {
  if (drafting !== null && drafting !== state.you) showPlainBox();
  drafting = state.you;
}

/** Stay in the channel, or go to the first one where it is gone or out of sight. */
function keepChannel() {
  const { channels } = state.place;
  if (channels.some((each) => each.id === state.channel)) return;
  state.set("channel", channels[0]?.id ?? null);
}

function showPlace() {
  const { guild, channels } = state.place;
  const shown = channels.find((each) => each.id === state.channel);
  document.title = `${shown ? titleOf(shown) : "Try the bot"} · ${guild.name}`;
  document.getElementById("guild").textContent = guild.name;
  fill(document.getElementById("channel"), shown ? titleOf(shown) : "");
  fill(document.getElementById("channels"), channels.map((channel) => h("li", {},
    h("button", {
      type: "button", class: "channel-link",
      "aria-current": channel.id === state.channel ? "true" : null,
      onclick: () => state.set("channel", channel.id),
    }, titleOf(channel)))));
}

function titleOf({ name, direct }) {
  return direct ? `@ ${name}` : `# ${name}`;
}

function showPeople() {
  const you = state.person;
  fill(document.getElementById("you"), you && [avatar(you, true), you.name]);
  const box = document.getElementById("people");
  const focused = box.contains(document.activeElement);
  fill(box, state.people.map(personElement));
  if (focused) box.querySelector("input:checked")?.focus();
}

function personElement(person) {
  return h("label", { class: "person" },
    h("input", {
      type: "radio", name: "you", value: person.id, checked: person.id === state.you,
      onchange: () => connection.ask("be", { person: person.id }),
    }),
    avatar(person),
    h("span", { class: "person-text" }, h("b", {}, person.name), h("span", {}, person.about)));
}
