// What is said to those who hear the page: politely, and never twice in a row.

let last = "";

/** Say something once the reader is done with what is being read. */
export function announce(text) {
  if (text === last) return;
  last = text;
  document.getElementById("announcer").textContent = text;
}
