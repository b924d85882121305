// The WebSocket to the page's server: asks with answers, and a line that mends itself.

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 10_000;
const GROWTH = 1.8;

/** How long to wait before the next try, in milliseconds; a share of it is left to chance. */
export function waitBefore(tries, chance = Math.random()) {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * GROWTH ** tries);
  return wait * (0.8 + 0.4 * chance);
}

export class Connection extends EventTarget {
  #socket = null;
  #tries = 0;
  #number = 0;
  #waiting = new Map();
  #retry = null;

  /** `person` tells whom to be when the line is opened again. */
  constructor(person) {
    super();
    this.person = person;
    window.addEventListener("online", () => this.#retryNow());
    this.#open();
  }

  /**
   * Ask for something; the answer is an object, with `refused` or `failed` where it did not
   * happen. Without a line, it is refused at once.
   */
  ask(kind, said = {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return Promise.resolve({ refused: "There is no connection at the moment" });
    }
    this.#number += 1;
    const number = this.#number;
    this.#socket.send(JSON.stringify({ kind, number, ...said }));
    return new Promise((resolve) => this.#waiting.set(number, resolve));
  }

  #open() {
    const url = new URL("/socket", location.href);
    url.protocol = "ws:";
    url.searchParams.set("as", this.person() ?? "");
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#tries = 0;
      this.dispatchEvent(new Event("opened"));
    });
    socket.addEventListener("message", (event) => this.#hear(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.#closed());
  }

  #hear(said) {
    if (said.kind !== "answer") {
      this.dispatchEvent(new CustomEvent("told", { detail: said }));
      return;
    }
    this.#waiting.get(said.number)?.(said);
    this.#waiting.delete(said.number);
  }

  #closed() {
    for (const resolve of this.#waiting.values()) resolve({ failed: "The connection was lost" });
    this.#waiting.clear();
    this.dispatchEvent(new Event("lost"));
    this.#retry = setTimeout(() => this.#open(), waitBefore(this.#tries));
    this.#tries += 1;
  }

  #retryNow() {
    if (this.#socket?.readyState === WebSocket.CLOSED) {
      clearTimeout(this.#retry);
      this.#open();
    }
  }
}
