// A command being filled in: each option is a labelled field.

import { fill, h, newId } from "./dom.js";
import { makeField } from "./fields.js";
import { interact } from "./interact.js";
import { leavingOf } from "./leaving.js";
import { addNotice } from "./notices.js";
import { state } from "./state.js";

/** Put the form of a command into a place; `done` is called once it is sent or given up. */
export function openCommandForm(place, command, done) {
  const form = new CommandForm(command, done);
  fill(place, form.element);
  form.focusFirst();
}

class CommandForm {
  constructor(command, done) {
    this.command = command;
    this.done = done;
    this.fields = command.options.map((option) => makeField(option, {
      path: command.path, values: () => this.values(),
    }));
    this.problem = h("p", { class: "problem", role: "alert" });
    this.send = h("button", { type: "submit", class: "button primary" }, "Send");
    const title = newId("command");
    this.element = h("form", {
      class: "command-form", "aria-labelledby": title, novalidate: true, data: { anchor: "" },
      onsubmit: (event) => {
        event.preventDefault();
        this.#submit();
      },
      onkeydown: (event) => this.#key(event),
    },
      h("header", {},
        h("h3", { id: title }, `/${command.path}`),
        h("p", {}, command.description),
        h("button", { type: "button", class: "icon", "aria-label": "Give up this command",
          onclick: done }, "✕")),
      h("div", { class: "fields-grid" }, this.fields.map((field) => field.element)),
      h("footer", {}, this.problem,
        h("span", { class: "hint" }, h("kbd", {}, "Enter"), " sends, ", h("kbd", {}, "Esc"),
          " gives up"),
        this.send));
    this.leaving = leavingOf(this.element, this.problem, () => this.values());
  }

  focusFirst() {
    (this.fields[0]?.input ?? this.send).focus();
  }

  /** The options that have a value, by name. */
  values() {
    return Object.fromEntries(this.fields
      .map((field) => [field.name, field.value()])
      .filter(([, value]) => value !== null));
  }

  async #submit() {
    if (this.busy) return;
    this.#setBusy(true);
    const { path } = this.command;
    const sent = interact("use", { path, channel: state.channel, options: this.values() });
    // A command that the bot has not answered yet leaves the box free, as in a real client.
    const slow = new Promise((resolve) => setTimeout(() => resolve(null), 700));
    const first = await Promise.race([sent, slow]);
    this.#setBusy(false);
    if (first?.refused) {
      this.#refuse(first.refused);
      return;
    }
    this.done();
    const answer = first ?? await sent;
    const problem = answer.failed ?? answer.refused;
    if (problem) addNotice(`/${path}`, problem);
  }

  #setBusy(busy) {
    this.busy = busy;
    this.element.setAttribute("aria-busy", String(busy));
  }

  #refuse(text) {
    this.problem.textContent = text;
    for (const field of this.fields) {
      const meant = text.includes(`'${field.name}'`);
      field.input.setAttribute("aria-invalid", String(meant));
      if (meant) field.input.focus();
    }
  }

  #key(event) {
    if (event.defaultPrevented) return;
    if (event.key === "Escape") {
      if (this.leaving()) this.done();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing
      && event.target.matches("textarea, select")) this.#submit();
    else return;
    event.preventDefault();
  }
}
