// What the visitor does, sent as asks; what was told in return goes into the state.

import { Connection } from "./connection.js";
import { state } from "./state.js";

export const connection = new Connection(() => state.you);

const TAKEN = {
  message: (value) => state.setMessage(value),
  messages: (value) => state.setMessages(value),
  gone: (_, { id }) => state.removeMessage(id),
};

connection.addEventListener("told", ({ detail }) => {
  const take = TAKEN[detail.kind] ?? ((value) => state.set(detail.kind, value));
  take(detail.value, detail);
});

/** Keep a file at the page's server until it is sent; give its ticket, or an error's text. */
export async function upload(file) {
  const address = `/uploads?name=${encodeURIComponent(file.name)}`;
  try {
    const answer = await fetch(address, { method: "POST", body: file });
    return answer.ok ? await answer.json() : { error: `${file.name} is too large` };
  } catch {
    return { error: `${file.name} could not be read` };
  }
}
