// One message: its parts have places of their own, and only what has changed is made anew.

import { avatar } from "./avatar.js";
import { connection } from "./client.js";
import { controlRows } from "./controls.js";
import { fill, h } from "./dom.js";
import { embedElement, filesBeside } from "./embed.js";
import { showFiles } from "./files.js";
import { openHistory } from "./history.js";
import { openMessageMenu } from "./message-menu.js";
import { richText } from "./rich-text.js";
import { state } from "./state.js";
import { daytime, timeElement } from "./time.js";

/** A message on the page; `update` shows a later state of it. */
export class MessageElement {
  #shown = {};

  constructor(message) {
    this.slots = Object.fromEntries(["used", "head", "content", "embeds", "files", "controls",
      "foot"].map((name) => [name, h("div", { class: `message-${name}` })]));
    const { used, ...others } = this.slots;
    this.more = h("button", {
      type: "button", class: "icon more", "aria-haspopup": "menu", "aria-expanded": "false",
      "aria-label": `Actions for the message of ${message.author.name}`,
      onclick: () => openMessageMenu(this.more, this.message),
    }, "⋯");
    this.element = h("li", {
      class: "message", tabindex: "-1", data: { id: message.id },
      oncontextmenu: (event) => this.#menuInstead(event),
    },
      used, avatar(message.author), h("div", { class: "message-body" }, Object.values(others)),
      this.more);
    this.update(message);
  }

  /** Show the message as it stands now. */
  update(message) {
    this.message = message;
    this.element.classList.toggle("ephemeral", message.ephemeral);
    this.element.classList.toggle("pinged", message.pings.includes(state.you)
      || message.pings.includes("everyone"));
    this.#show("used", [message.used_by, message.command], () => usedLine(message));
    this.#show("head", [message.author, message.at], () => headLine(message));
    this.#show("content", [message.content, message.loading], () => contentOf(message));
    this.#show("embeds", message.embeds, () => (
      message.embeds.map((embed) => embedElement(embed, message.attachments))));
    this.#show("controls", message.components, () => controlRows(message));
    this.#show("foot", [message.edits, message.ephemeral], () => footLine(message));
    showFiles(this.slots.files, filesBeside(message.embeds, message.attachments));
  }

  /** Show everything anew: a name in it may have changed. */
  refresh() {
    this.#shown = {};
    this.update(this.message);
  }

  #show(name, value, make) {
    const key = JSON.stringify(value);
    if (this.#shown[name] === key) return;
    this.#shown[name] = key;
    const slot = this.slots[name];
    const focused = slot.contains(document.activeElement)
      ? document.activeElement.dataset.customId : undefined;
    fill(slot, make());
    if (focused) {
      const again = [...slot.querySelectorAll("[data-custom-id]")]
        .find((each) => each.dataset.customId === focused);
      (again ?? this.element).focus();
    }
  }

  #menuInstead(event) {
    if (event.target.closest("a, video, img, input, textarea")) return;
    if (!getSelection().isCollapsed) return;
    event.preventDefault();
    openMessageMenu(this.more, this.message);
  }
}

function usedLine(message) {
  if (!message.used_by) return [];
  const user = state.user(message.used_by);
  return [avatar(user, true), h("span", {}, h("b", {}, user?.name ?? "Someone"), " used ",
    h("span", { class: "mention" }, message.command))];
}

function headLine({ author, at }) {
  const time = new Date(at);
  return [
    h("span", { class: "author" }, author.name),
    author.bot && h("span", { class: "badge" }, "APP"),
    timeElement(time, "f", daytime(time)),
  ];
}

function contentOf(message) {
  if (message.loading) {
    return h("span", { class: "thinking" }, h("i"), h("i"), h("i"), "The bot is thinking …");
  }
  return message.content ? h("div", { class: "rich" }, richText(message.content)) : [];
}

function footLine(message) {
  return [
    message.edits > 0 && h("button", {
      type: "button", class: "quiet",
      "aria-label": `Edited ${message.edits} times; show what it said before`,
      onclick: () => openHistory(message),
    }, `edited ${message.edits === 1 ? "once" : `${message.edits} times`}`),
    message.ephemeral && h("span", { class: "only-you" }, "Only you can see this"),
    message.ephemeral && h("button", {
      type: "button", class: "quiet",
      onclick: () => connection.ask("dismiss", { message: message.id }),
    }, "Dismiss message"),
  ];
}

/** Say a message in a few words, for those who hear the page. */
export function spoken(message) {
  const [embed] = message.embeds;
  const parts = [
    message.loading ? "is thinking" : message.content,
    embed?.title,
    embed?.fields?.[0]?.name,
    ...message.attachments.map((file) => `file ${file.name}`),
  ];
  return `${message.author.name}: ${parts.filter(Boolean).join(", ")}`;
}
