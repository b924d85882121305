// Markdown as elements: mentions by name, times that count, spoilers that open.

import { h } from "./dom.js";
import { webLink } from "./links.js";
import { parse, parseInline } from "./markdown.js";
import { state } from "./state.js";
import { timeElement } from "./time.js";

const MARKS = { bold: "strong", italic: "em", underline: "u", strike: "s" };

/** Show a text with all of Discord's markdown. */
export function richText(text) {
  return parse(text).map(show);
}

/** Show a text with what Discord allows within a line: in titles and names. */
export function richLine(text) {
  return parseInline(text).map(show);
}

function show(node) {
  const make = SHOWN[node.kind];
  return make ? make(node) : h(MARKS[node.kind], {}, node.children.map(show));
}

const SHOWN = {
  text: ({ text }) => document.createTextNode(text),
  code: ({ text }) => h("code", {}, text),
  block: ({ text }) => h("pre", { tabindex: "0" }, h("code", {}, text)),
  lines: ({ children }) => h("div", { class: "lines" }, children.map(show)),
  quote: ({ children }) => h("blockquote", {}, children.map(show)),
  heading: ({ level, children }) => h("div", {
    class: `heading heading-${level}`, role: "heading", "aria-level": String(level + 3),
  }, children.map(show)),
  small: ({ children }) => h("small", {}, children.map(show)),
  list: ({ items }) => h("ul", {}, items.map((item) => h("li", {
    class: item.number === null ? null : "numbered",
    style: { "--depth": item.depth, "--number": `"${item.number ?? ""}."` },
  }, item.children.map(show)))),
  link: ({ url, children }) => webLink(url, children.map(show)),
  user: ({ id }) => mention(`@${state.user(id)?.name ?? "unknown-user"}`),
  role: ({ id }) => mention(
    `@${state.place.roles.find((each) => each.id === id)?.name ?? "unknown-role"}`),
  channel: ({ id }) => mention(
    `#${state.place.channels.find((each) => each.id === id)?.name ?? "unknown"}`),
  command: ({ path }) => mention(`/${path}`),
  everyone: ({ text }) => mention(text),
  time: ({ unix, style }) => h("span", { class: "moment" },
    timeElement(new Date(unix * 1000), style)),
  spoiler: ({ children }) => spoiler(children.map(show)),
};

function mention(text) {
  return h("span", { class: "mention" }, text);
}

function spoiler(children) {
  const inner = h("span", { class: "hidden", inert: true }, children);
  const open = () => {
    element.replaceWith(h("span", { class: "spoiler open" }, [...inner.childNodes]));
  };
  const element = h("span", {
    class: "spoiler",
    role: "button",
    tabindex: "0",
    "aria-label": "Spoiler; press to show",
    onclick: open,
    onkeydown: (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        open();
      }
    },
  }, inner);
  return element;
}
