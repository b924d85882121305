// The bot's jobs with their events.

import { h } from "./dom.js";
import { state } from "./state.js";
import { seconds, timeElement } from "./time.js";

const ENDS = { delivered: "good", failed: "bad", lost: "bad", cancelled: "idle" };

/** Show each job, the latest first. */
export function jobCards(jobs) {
  if (!jobs.length) return h("p", { class: "hint" }, "No video has been asked for yet.");
  return jobs.map((job) => h("article", { class: "job" },
    h("header", {},
      h("b", {}, `#${job.id}`),
      h("span", { class: `lamp ${ENDS[job.state] ?? "waiting"}` }, job.state),
      h("span", { class: "job-price" }, `${job.price} credits`)),
    h("p", { class: "job-what" },
      `${job.model} · ${job.duration_seconds} s · ${job.size} · `,
      state.user(job.member_id)?.name ?? job.member_id),
    job.failure && h("p", { class: "problem" }, `failure: ${job.failure}`),
    h("ol", { class: "events" }, job.events.map((event) => eventRow(event, job.events[0])))));
}

function eventRow(event, first) {
  const at = new Date(event.at);
  const after = (at - new Date(first.at)) / 1000;
  return h("li", {},
    timeElement(at, "f", after ? `+${after.toFixed(1)} s` : seconds(at)),
    h("span", { class: "event-state" }, event.to_state),
    event.note && h("span", { class: "hint" }, event.note));
}
