// A layer above the page, beside what it belongs to.

const GAP = 6;
const EDGE = 8;

/** Place a popover above an element, or below where there is more room. */
export function placeBeside(popup, anchor, { wide = false } = {}) {
  if (!popup.matches(":popover-open")) popup.showPopover();
  const box = anchor.getBoundingClientRect();
  const room = { above: box.top - GAP - EDGE, below: innerHeight - box.bottom - GAP - EDGE };
  const above = room.above > room.below;
  const set = (name, value) => popup.style.setProperty(name, value);
  set("max-height", `${Math.max(120, above ? room.above : room.below)}px`);
  if (wide) set("width", `${box.width}px`);
  else set("min-width", `${Math.min(box.width, innerWidth - 2 * EDGE)}px`);
  const left = Math.min(box.left, innerWidth - popup.offsetWidth - EDGE);
  set("left", `${Math.max(EDGE, left)}px`);
  set("top", above ? "auto" : `${box.bottom + GAP}px`);
  set("bottom", above ? `${innerHeight - box.top + GAP}px` : "auto");
}

/** Close a popover, where it is open. */
export function closePopup(popup) {
  if (popup.isConnected && popup.matches(":popover-open")) popup.hidePopover();
}
