// Escape leaves an empty form at once, and one that was begun to be filled in when pressed twice.

const ASK = "Press Esc again to give up what you have filled in.";

/** Give what tells, at each Escape, whether to leave; until it may, `problem` says what to do. */
export function leavingOf(element, problem, values) {
  const begun = () => JSON.stringify([values(), typedIn(element)]);
  const empty = begun();
  let asked = false;
  element.addEventListener("input", () => {
    if (asked) problem.textContent = "";
    asked = false;
  });
  return () => {
    if (asked || begun() === empty) return true;
    asked = true;
    problem.textContent = ASK;
    return false;
  };
}

/** What stands in the inputs, also where it is no value yet. */
function typedIn(element) {
  return [...element.querySelectorAll("input, textarea")].map((input) => input.value);
}
