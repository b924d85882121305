// Interactions: using a command, pressing a button, and the form that may come of it.

import { connection } from "./client.js";
import { openModal } from "./modal.js";

/** Do it; what the answer says of a failure (`refused`, `failed`) is for the caller to show. */
export async function interact(kind, said) {
  const answer = await connection.ask(kind, said);
  if (answer.modal) openModal(answer.modal);
  return answer;
}
