// Embeds as people know them.

import { h } from "./dom.js";
import { webLink } from "./links.js";
import { richLine, richText } from "./rich-text.js";
import { daytime, timeElement } from "./time.js";

/** Show an embed; `files` are the message's, for the words that belong to a picture. */
export function embedElement(embed, files = []) {
  const alt = (url) => files.find((file) => file.url === url)?.description ?? "";
  const colour = embed.color === undefined ? null : `#${embed.color.toString(16).padStart(6, "0")}`;
  return h("article", { class: "embed", style: colour ? { "--edge": colour } : {} },
    h("div", { class: "embed-text" },
      embed.author && authorElement(embed.author),
      embed.title && titleElement(embed),
      embed.description && h("div", { class: "rich" }, richText(embed.description)),
      embed.fields?.length && h("dl", { class: "fields" }, embed.fields.map(fieldElement)),
    ),
    embed.thumbnail && picture(embed.thumbnail.url, "embed-thumbnail", alt(embed.thumbnail.url)),
    embed.image && picture(embed.image.url, "embed-image", alt(embed.image.url)),
    (embed.footer || embed.timestamp) && footerElement(embed),
  );
}

/** Leave out the files that an embed shows as its picture. */
export function filesBeside(embeds, files) {
  const shown = embeds.flatMap((embed) => [embed.image?.url, embed.thumbnail?.url]);
  return files.filter((file) => !shown.includes(file.url));
}

function authorElement({ name, url, icon_url: icon }) {
  return h("div", { class: "embed-author" }, icon && picture(icon, "embed-icon"),
    url ? webLink(url, name) : name);
}

function titleElement({ title, url }) {
  return h("h4", { class: "embed-title" }, url ? webLink(url, richLine(title)) : richLine(title));
}

function fieldElement({ name, value, inline }) {
  return h("div", { class: inline ? "field inline" : "field" },
    h("dt", {}, richLine(name)), h("dd", { class: "rich" }, richText(value)));
}

function footerElement({ footer, timestamp }) {
  const at = timestamp ? new Date(timestamp) : null;
  return h("div", { class: "embed-footer" },
    footer?.icon_url && picture(footer.icon_url, "embed-icon"),
    h("span", {}, footer?.text ?? ""), footer && at && h("span", {}, "·"), at && timeElement(at, "f", daytime(at)));
}

/** The page loads nothing from elsewhere: a foreign picture is a link. */
function picture(url, kind, alt = "") {
  if (!url.startsWith("/")) return webLink(url, "picture elsewhere", kind);
  return h("img", { class: kind, src: url, alt, loading: "lazy" });
}
