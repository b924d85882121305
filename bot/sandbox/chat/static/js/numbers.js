// Numbers that people type. Pure.

/** Read a number; what is none stays text, which the client refuses. */
export function asNumber(text) {
  const trimmed = text.trim();
  if (!trimmed) return null;
  return Number.isFinite(Number(trimmed)) ? Number(trimmed) : text;
}
