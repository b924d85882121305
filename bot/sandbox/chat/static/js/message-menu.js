// What can be done with a message: the bot's message commands, and what the page offers itself.

import { connection } from "./client.js";
import { openHistory } from "./history.js";
import { interact } from "./interact.js";
import { openMenu } from "./menu.js";
import { addNotice } from "./notices.js";
import { state } from "./state.js";

const MESSAGE_COMMAND = 3;

/** Open the menu of a message beside its button. */
export function openMessageMenu(button, message) {
  const items = message.ephemeral || message.loading ? [] : commandsOn(message);
  if (message.content || message.embeds.length) {
    items.push({ label: "Copy text", act: () => navigator.clipboard.writeText(textOf(message)) });
  }
  if (message.edits) items.push({ label: "Show edits", act: () => openHistory(message) });
  if (message.ephemeral) {
    items.push({
      label: "Dismiss message",
      act: () => connection.ask("dismiss", { message: message.id }),
    });
  }
  items.push({ label: "Copy id", act: () => navigator.clipboard.writeText(message.id) });
  openMenu(button, "Message", items);
}

function commandsOn(message) {
  return state.commands.filter((command) => command.type === MESSAGE_COMMAND)
    .map(({ path }) => ({ label: path, note: "App", act: () => use(path, message) }));
}

async function use(path, message) {
  const answer = await interact("use_on", { path, message: message.id });
  const problem = answer.refused ?? answer.failed;
  if (problem) addNotice(path, problem);
}

/** Write a message as plain text. */
function textOf(message) {
  const embeds = message.embeds.flatMap((embed) => [
    embed.title, embed.description,
    ...(embed.fields ?? []).map((field) => `${field.name}: ${field.value}`),
  ]);
  return [message.content, ...embeds].filter(Boolean).join("\n");
}
