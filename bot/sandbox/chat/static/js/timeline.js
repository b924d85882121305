// The messages of the channel that is shown, newest at the end.

import { announce } from "./announcer.js";
import { startCommand } from "./composer.js";
import { fill, h } from "./dom.js";
import { MessageElement, spoken } from "./message.js";
import { state } from "./state.js";

const NEAR_PIXELS = 80;
const SLASH_COMMAND = 1;

export class Timeline {
  #elements = new Map();
  #follows = true;
  #top = 0;

  constructor() {
    this.box = document.getElementById("timeline");
    this.list = document.getElementById("messages");
    this.newer = document.getElementById("newer");
    this.box.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.newer.addEventListener("click", () => this.#toEnd());
    new ResizeObserver(() => this.#keepAtEnd()).observe(this.list);
    new ResizeObserver(() => this.#keepAtEnd()).observe(this.box);
    state.on(["messages", "channel"], () => this.#showAll());
    state.on("message", (change) => this.#show(change));
    state.on("gone", ({ id }) => this.#remove(id));
    state.on("place", () => this.#elements.forEach((each) => each.refresh()));
    state.on(["commands", "channel", "place"], () => this.#welcome());
    this.list.addEventListener("keydown", (event) => this.#key(event));
  }

  #showAll() {
    this.#elements = new Map(state.shown.map((message) => [message.id, this.#current(message)]));
    const elements = [...this.#elements.values()].map((each) => each.element);
    // After a lost connection most are there already, and a video may be playing.
    const same = elements.length === this.list.children.length
      && elements.every((element, index) => element === this.list.children[index]);
    if (!same) fill(this.list, elements);
    for (const notice of this.box.querySelectorAll(".notice")) notice.remove();
    this.#toEnd();
  }

  #current(message) {
    const known = this.#elements.get(message.id);
    known?.update(message);
    return known ?? new MessageElement(message);
  }

  #show({ message, before }) {
    const said = spoken(message);
    if (!before || spoken(before) !== said) announce(said);
    if (message.channel !== state.channel) return;
    const known = this.#elements.get(message.id);
    if (known) {
      known.update(message);
      return;
    }
    const added = new MessageElement(message);
    this.#elements.set(message.id, added);
    this.list.append(added.element);
    if (!this.#follows) this.newer.hidden = false;
  }

  #remove(id) {
    this.#elements.get(id)?.element.remove();
    this.#elements.delete(id);
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.box;
    // What grows at the end moves the end away, too; only a reader moves up.
    if (scrollHeight - scrollTop - clientHeight < NEAR_PIXELS) this.#follows = true;
    else if (scrollTop < this.#top) this.#follows = false;
    this.#top = scrollTop;
    if (this.#follows) this.newer.hidden = true;
  }

  #keepAtEnd() {
    if (this.#follows) this.#toEnd();
  }

  #toEnd() {
    this.#follows = true;
    this.box.scrollTop = this.box.scrollHeight;
  }

  #welcome() {
    const channel = state.place.channels.find((each) => each.id === state.channel);
    if (!channel) return;
    const commands = state.commands.filter((each) => each.type === SLASH_COMMAND).slice(0, 4);
    fill(document.getElementById("welcome"),
      h("h3", {}, channel.direct ? channel.name : `Welcome to #${channel.name}`),
      h("p", {}, "Type ", h("kbd", {}, "/"), " to see what the bot can do. ",
        commands.length ? "Or begin with one of these:" : "It has registered no commands yet."),
      h("div", { class: "control-row" }, commands.map((command) => h("button", {
        type: "button", class: "button secondary", title: command.description,
        onclick: () => startCommand(command),
      }, `/${command.path}`))));
  }

  /** Arrows move between messages once one of them has the focus; Enter opens its menu. */
  #key(event) {
    const message = event.target.closest(".message");
    if (!message || event.target !== message) return;
    const next = { ArrowDown: message.nextElementSibling, ArrowUp: message.previousElementSibling };
    if (next[event.key]) next[event.key].focus();
    else if (event.key === "Enter") message.querySelector(".more").click();
    else return;
    event.preventDefault();
  }
}
