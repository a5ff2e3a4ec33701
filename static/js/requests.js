/** Messages that wait for their one reply, by id. */

/** @typedef {import("./messages.js").FromServer} FromServer */
/** @typedef {{text: string, keep: boolean, resolve: (reply: FromServer) => void,
 *   reject: (error: Error) => void, timer: number}} Pending */

export const REQUEST_MS = 8_000;
const KEPT_REQUEST_MS = 90_000;
const PENDING_LIMIT = 64;

export class ProtocolError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Requests {
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  #prefix = Math.random().toString(36).slice(2, 10);
  #count = 0;

  get full() {
    return this.#pending.size >= PENDING_LIMIT;
  }

  /** What must be said again on a new connection: the same id counts once. */
  get kept() {
    return [...this.#pending.values()].filter(({ keep }) => keep).map(({ text }) => text);
  }

  /**
   * Notes a message under a new id; the reply settles the promise.
   * @param {object} message
   * @param {boolean} keep does it outlive a lost connection?
   * @returns {{text: string, reply: Promise<FromServer>}}
   */
  add(message, keep) {
    const id = `${this.#prefix}-${++this.#count}`;
    const text = JSON.stringify({ ...message, id });
    /** @type {Promise<FromServer>} */
    const reply = new Promise((resolve, reject) => {
      const late = () => this.#take(id)?.reject(new ProtocolError("offline", "no reply in time"));
      const timer = setTimeout(late, keep ? KEPT_REQUEST_MS : REQUEST_MS);
      this.#pending.set(id, { text, keep, resolve, reject, timer });
    });
    return { text, reply };
  }

  /**
   * Is this message somebody's reply? Then it is handed over.
   * @param {FromServer} message
   */
  settle(message) {
    const id = "reply_to" in message ? message.reply_to : null;
    const pending = id ? this.#take(id) : undefined;
    if (!pending) return false;
    if (message.type !== "error") pending.resolve(message);
    else pending.reject(new ProtocolError(message.error, message.message));
    return true;
  }

  /**
   * The connection is lost, or closed for good.
   * @param {boolean} all the kept ones too
   */
  reject(all) {
    for (const [id, { keep }] of [...this.#pending]) {
      if (all || !keep) this.#take(id)?.reject(new ProtocolError("offline", "connection lost"));
    }
  }

  /** @param {string} id */
  #take(id) {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }
}
