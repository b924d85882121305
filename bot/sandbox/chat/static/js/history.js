// What a message has said over time, newest first.

import { connection } from "./client.js";
import { h } from "./dom.js";
import { embedElement } from "./embed.js";
import { richText } from "./rich-text.js";
import { openSheet } from "./sheet.js";
import { seconds, timeElement } from "./time.js";

/** Open the history of a message. */
export async function openHistory(message) {
  const answer = await connection.ask("history", { message: message.id });
  const versions = answer.versions ?? [];
  openSheet("Edits of this message",
    answer.versions ? null : h("p", { class: "problem" }, answer.refused ?? answer.failed),
    h("ol", { class: "versions", reversed: true },
      versions.map((version, index) => versionElement(version, versions[0], index)).reverse()));
}

function versionElement(version, first, index) {
  const at = new Date(version.at);
  const after = (at - new Date(first.at)) / 1000;
  return h("li", {},
    h("p", { class: "version-head" },
      index ? `Edit ${index}` : "Posted", " · ", timeElement(at, "f", seconds(at)),
      index > 0 && ` · ${after.toFixed(1)} s after the post`),
    version.content && h("div", { class: "rich" }, richText(version.content)),
    version.embeds.map((embed) => embedElement(embed)),
    version.files.map((name) => h("p", { class: "version-file" }, `attached: ${name}`)));
}
