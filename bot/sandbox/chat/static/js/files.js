// Files on a message: videos with a player, pictures, and everything else to save.

import { h } from "./dom.js";

const UNITS = ["bytes", "kB", "MB", "GB"];

/** Name a size: "1.4 MB". */
export function sizeText(bytes) {
  const step = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const figure = bytes / 1000 ** step;
  return `${step ? figure.toFixed(1) : figure} ${UNITS[step]}`;
}

/** Show files; those that are shown already stay as they are, so that a video plays on. */
export function showFiles(slot, files) {
  const shown = new Map([...slot.children].map((child) => [child.dataset.id, child]));
  for (const [id, element] of shown) {
    if (!files.some((file) => file.id === id)) element.remove();
  }
  for (const file of files) {
    if (!shown.has(file.id)) slot.append(fileElement(file));
  }
}

function fileElement(file) {
  const kind = (file.type ?? "").split("/")[0];
  const make = { video: videoElement, image: pictureElement, audio: audioElement }[kind];
  return h("figure", { class: `file file-${make ? kind : "other"}`, data: { id: file.id } },
    (make ?? linkElement)(file),
    make && file.description && h("figcaption", {}, file.description));
}

function videoElement(file) {
  return h("video", {
    src: file.url,
    controls: true,
    playsinline: true,
    preload: "metadata",
    "aria-label": file.description || `Video ${file.name}`,
  });
}

function pictureElement(file) {
  return h("a", { href: file.url, target: "_blank", rel: "noopener" }, h("img", {
    src: file.url,
    alt: file.description || file.name,
    width: file.width,
    height: file.height,
    loading: "lazy",
  }));
}

function audioElement(file) {
  return h("audio", { src: file.url, controls: true, "aria-label": file.description || file.name });
}

function linkElement(file) {
  return h("a", { class: "download", href: file.url, download: file.name },
    h("span", { class: "download-name" }, file.name),
    h("span", { class: "download-size" }, `${sizeText(file.size)} · save`));
}
