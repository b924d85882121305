// Links that lead away from the page: to the web only, and without telling where from. One to a
// message leads to it where the page shows it.

import { h } from "./dom.js";

const MESSAGE = /^https:\/\/discord\.com\/channels\/\d+\/\d+\/(\d+)$/;

/** Link to an address of the web; what any other address was to show stays plain. */
export function webLink(url, content, kind = null) {
  if (!/^https?:\/\//.test(url)) return h("span", { class: kind }, content);
  const properties = { href: url, class: kind, target: "_blank", rel: "noopener noreferrer" };
  const message = MESSAGE.exec(url)?.[1];
  return h("a", message ? { ...properties, onclick: (event) => jump(event, message) } : properties,
    content);
}

function jump(event, id) {
  const message = document.querySelector(`.message[data-id="${id}"]`);
  if (!message) return;
  event.preventDefault();
  message.scrollIntoView({ block: "center" });
  message.focus();
}
