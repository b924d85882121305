// A face for everyone: the first letter on a colour of one's own.

import { h } from "./dom.js";

const GOLDEN_DEGREES = 137.5;

/** Show somebody's picture; decoration only, the name stands beside it. */
export function avatar(user, small = false) {
  const letters = [...(user?.name ?? "?")].reduce((sum, letter) => sum + letter.codePointAt(0), 0);
  const hue = letters * GOLDEN_DEGREES % 360;
  return h("span", {
    class: `avatar${user?.bot ? " bot" : ""}${small ? " small" : ""}`,
    "aria-hidden": "true",
    style: { "--hue": hue },
  }, user?.bot ? "▶" : (user?.name ?? "?").slice(0, 1).toUpperCase());
}
