// Times as people read them; those that count are kept true by one clock.

import { h } from "./dom.js";

const LANGUAGE = "en";
const STEPS = [
  ["second", 60, 1],
  ["minute", 60, 60],
  ["hour", 24, 3600],
  ["day", 30, 86_400],
  ["month", 12, 2_592_000],
  ["year", Infinity, 31_536_000],
];
const STYLES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

/** Say how far a time is from now: "in 3 minutes". */
export function relative(at, now = Date.now()) {
  const seconds = Math.round((at - now) / 1000);
  const [unit, , size] = STEPS.find(([, most, each]) => Math.abs(seconds) < most * each);
  return new Intl.RelativeTimeFormat(LANGUAGE).format(Math.trunc(seconds / size), unit);
}

/** Write a time in one of Discord's styles; R counts. */
export function written(at, style = "f", now = Date.now()) {
  if (style === "R") return relative(at, now);
  return new Intl.DateTimeFormat(LANGUAGE, STYLES[style] ?? STYLES.f).format(at);
}

/** Write a time as a message's head does: "Today at 14:03". */
export function daytime(at, now = new Date()) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.floor((midnight - at) / 86_400_000) + 1;
  const clock = written(at, "t");
  if (at >= midnight) return `Today at ${clock}`;
  return days === 1 ? `Yesterday at ${clock}` : `${written(at, "d")} ${clock}`;
}

/** Write the seconds of a clock: "14:03:27". */
export function seconds(at) {
  return new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "medium", hourCycle: "h23" }).format(at);
}

/** Show a time; its title tells it in full. */
export function timeElement(at, style, text = written(at, style)) {
  const counts = style === "R";
  return h("time", {
    datetime: at.toISOString(),
    title: written(at, "F"),
    class: counts ? "counts" : null,
  }, text);
}

/** Keep the times that count true, from now on. */
export function startCounting() {
  setInterval(() => {
    for (const element of document.querySelectorAll("time.counts")) {
      const text = relative(new Date(element.dateTime));
      if (element.textContent !== text) element.textContent = text;
    }
  }, 1000);
}
