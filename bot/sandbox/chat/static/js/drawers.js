// The two sides of the page: beside the chat where there is room, over it where there is none.

const veil = document.getElementById("veil");

/** Let a button open and close a side; it is over the chat where `narrow` fits. */
export function startDrawer(buttonId, drawerId, narrow) {
  const button = document.getElementById(buttonId);
  const drawer = document.getElementById(drawerId);
  const query = matchMedia(narrow);
  const show = (open) => {
    drawer.classList.toggle("shut", !open);
    drawer.inert = !open;
    button.setAttribute("aria-expanded", String(open));
    veil.classList.toggle("up", open && query.matches);
  };
  const shutOver = ({ refocus = false } = {}) => {
    if (!query.matches || drawer.inert) return;
    show(false);
    if (refocus) button.focus();
  };
  button.addEventListener("click", () => {
    show(drawer.inert);
    if (!drawer.inert && query.matches) drawer.querySelector("button, input")?.focus();
  });
  query.addEventListener("change", () => show(!query.matches));
  veil.addEventListener("click", () => shutOver());
  drawer.querySelector(".shutter").addEventListener("click", () => shutOver({ refocus: true }));
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") shutOver({ refocus: true });
  });
  show(!query.matches);
  return shutOver;
}
