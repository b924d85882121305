// Links that lead away from the page: to the web only, and without telling where from.

import { h } from "./dom.js";

/** Link to an address of the web; what any other address was to show stays plain. */
export function webLink(url, content, kind = null) {
  if (!/^https?:\/\//.test(url)) return h("span", { class: kind }, content);
  const properties = { href: url, class: kind, target: "_blank", rel: "noopener noreferrer" };
  return h("a", properties, content);
}
