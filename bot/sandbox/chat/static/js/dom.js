// Elements, made from plain values. Text is always text: nothing here reads HTML.

/**
 * Make an element. `on…` properties are listeners, `class` and `data` are what they say, `style`
 * is an object; other properties become attributes (true: an empty one; false, null: none).
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "style") setStyle(element, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== false
    && child !== undefined));
  return element;
}

function setStyle(element, style) {
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value);
}

/** Put children in place of what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return element;
}

let made = 0;

/** Make an id that no element has yet. */
export function newId(stem) {
  made += 1;
  return `${stem}-${made}`;
}
