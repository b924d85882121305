// The field of a file: dropped onto it, pasted, or chosen.

import { upload } from "./client.js";
import { h } from "./dom.js";
import { sizeText } from "./files.js";

/** Make the field; its value is the ticket of the file that was taken. */
export function dropZone(described, { several = false } = {}) {
  let taken = [];
  const text = h("span", { class: "drop-text" }, "Drop a file here, or choose one");
  const picker = h("input", { type: "file", hidden: true, tabindex: "-1", multiple: several,
    onchange: () => take([...picker.files]) });
  const input = h("button", { ...described, type: "button", class: "drop-zone",
    onclick: () => picker.click() }, text);
  const element = h("div", {
    class: "drop",
    ondragover: (event) => {
      event.preventDefault();
      input.classList.add("over");
    },
    ondragleave: () => input.classList.remove("over"),
    ondrop: (event) => {
      event.preventDefault();
      input.classList.remove("over");
      take([...event.dataTransfer.files]);
    },
    onpaste: (event) => take([...event.clipboardData.files]),
  }, input, picker);

  async function take(files) {
    const chosen = several ? files : files.slice(0, 1);
    if (!chosen.length) return;
    text.textContent = "…";
    const kept = await Promise.all(chosen.map(upload));
    const problem = kept.find((each) => each.error);
    taken = problem ? [] : kept;
    text.textContent = problem?.error
      ?? kept.map(({ name, size }) => `${name} · ${sizeText(size)}`).join(", ");
  }

  const tickets = () => taken.map((each) => each.ticket);
  return { input, element, value: () => (several ? tickets() : tickets()[0] ?? null) };
}
