// The page: everything is put together here.

import { connection } from "./client.js";
import { showPlainBox } from "./composer.js";
import { startDrawer } from "./drawers.js";
import { startPanel } from "./panel.js";
import { startSidebar } from "./sidebar.js";
import { state } from "./state.js";
import { startCounting } from "./time.js";
import { Timeline } from "./timeline.js";

startSidebar();
startPanel();
showPlainBox();
new Timeline();
startCounting();

const shutSidebar = startDrawer("open-sidebar", "sidebar", "(max-width: 760px)");
startDrawer("open-panel", "panel", "(max-width: 1180px)");
state.on(["channel", "you"], () => shutSidebar());

const bar = document.getElementById("connection");
connection.addEventListener("lost", () => {
  bar.hidden = false;
  bar.textContent = "The connection was lost. Trying again …";
});
connection.addEventListener("opened", () => {
  bar.hidden = true;
});

// A / anywhere goes to the box, as in chats that people know.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [role=menu], dialog");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const input = document.querySelector("#composer input[role=combobox], #composer textarea");
  if (!input) return;
  event.preventDefault();
  input.focus();
  if (input.matches("[role=combobox]") && !input.value) {
    input.value = "/";
    input.dispatchEvent(new Event("input"));
  }
});
