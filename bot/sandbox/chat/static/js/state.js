// What the page has been told, and who wants to hear of it. Everything can be told anew.

class State extends EventTarget {
  people = [];
  you = null;
  place = { guild: { name: "" }, bot: null, channels: [], members: [], roles: [] };
  commands = [];
  channel = null;
  messages = new Map();

  /** Take a part as told. */
  set(part, value) {
    this[part] = value;
    this.#tell(part);
  }

  /** Take all messages, in place of those before. */
  setMessages(messages) {
    this.messages = new Map(messages.map((message) => [message.id, message]));
    this.#tell("messages");
  }

  /** Take a message, new or changed. */
  setMessage(message) {
    const before = this.messages.get(message.id) ?? null;
    this.messages.set(message.id, message);
    this.#tell("message", { message, before });
  }

  /** Forget a message. */
  removeMessage(id) {
    if (this.messages.delete(id)) this.#tell("gone", { id });
  }

  /** Listen for changes of one part or several. */
  on(parts, listener) {
    for (const part of [parts].flat()) {
      this.addEventListener(part, (event) => listener(event.detail));
    }
  }

  #tell(part, detail = null) {
    this.dispatchEvent(new CustomEvent(part, { detail }));
  }

  /** The person that the visitor is. */
  get person() {
    return this.people.find((each) => each.id === this.you) ?? null;
  }

  /** Find anyone who may have written or be mentioned. */
  user(id) {
    const { bot, members } = this.place;
    return bot?.id === id ? bot : members.find((each) => each.id === id) ?? null;
  }

  /** The messages of the channel that is shown, oldest first. */
  get shown() {
    return [...this.messages.values()].filter((message) => message.channel === this.channel);
  }
}

export const state = new State();
