/**
 * The signalling connection: one WebSocket that finds its way back, requests with their replies,
 * and everything else the server says as events. Knows no page.
 *
 * Events: `message` (detail: a message that is nobody's reply), `state` (detail: State),
 * `refused` (detail: ProtocolError, when `hello` is refused).
 */

import { forget, recall, remember } from "./model/memory.js";

/** @typedef {import("./messages.js").FromClient} FromClient */
/** @typedef {import("./messages.js").FromServer} FromServer */
/** @typedef {"closed" | "connecting" | "open" | "waiting"} State */
/** @typedef {{text: string, keep: boolean, resolve: (reply: FromServer) => void,
 *   reject: (error: Error) => void, timer: number}} Pending */

const REQUEST_MS = 8_000;
const KEPT_REQUEST_MS = 90_000;
const PING_EVERY_MS = 5_000;
const SILENCE_MS = 4_000;
const HURRIED_SILENCE_MS = 1_500;
const BACK_OFF_MS = [0, 300, 700, 1_200];
const JITTER = 0.4;
const PENDING_LIMIT = 64;

/** Ended, replaced by another tab, turned away: these are not come back from. */
const FINAL = new Set([4000, 4001, 4002]);

export class ProtocolError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Connection extends EventTarget {
  /** @type {State} */
  state = "closed";
  failures = 0;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  #prefix = Math.random().toString(36).slice(2, 10);
  #count = 0;
  #heardAt = 0;
  #retry = 0;
  #pulse = 0;

  /**
   * @param {string} url
   * @param {{side: "staff" | "guest", session: string | null, memory: string}} who
   *   `memory` is the name under which this tab keeps its resume token
   */
  constructor(url, who) {
    super();
    this.url = new URL(url, location.href);
    this.url.protocol = this.url.protocol.replace("http", "ws");
    this.who = who;
  }

  // Lifecycle

  /** @param {boolean} [takeOver] from another tab */
  open(takeOver = false) {
    if (this.state !== "closed") return;
    addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
    this.failures = 0;
    this.#connect(takeOver);
  }

  close() {
    removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    clearTimeout(this.#retry);
    clearInterval(this.#pulse);
    this.#drop();
    this.#rejectPending(true);
    this.#become("closed");
  }

  // Actions

  /**
   * Asks and waits for the one reply. With `keep` the message outlives a lost connection: it is
   * said again under the same id, which counts once.
   * @param {FromClient} message
   * @param {boolean} [keep]
   * @returns {Promise<FromServer>}
   */
  request(message, keep = false) {
    if (this.#pending.size >= PENDING_LIMIT || (!keep && this.state !== "open")) {
      return Promise.reject(new ProtocolError("offline", "not connected"));
    }
    const id = `${this.#prefix}-${++this.#count}`;
    return this.#ask(id, { ...message, id }, keep, this.state === "open");
  }

  /**
   * Says something that needs no reply.
   * @param {FromClient} message
   */
  say(message) {
    if (this.state === "open") this.#socket?.send(JSON.stringify(message));
  }

  /** Something may have changed: try again at once, or find out whether the line is alive. */
  hurry = () => {
    if (document.visibilityState === "hidden") return;
    if (this.state === "waiting") this.#connect(false);
    else if (this.state === "open") this.#probe(HURRIED_SILENCE_MS);
  };

  // Private

  /** @param {State} state */
  #become(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  /** @param {boolean} takeOver */
  #connect(takeOver) {
    clearTimeout(this.#retry);
    this.#drop();
    this.#become("connecting");
    const socket = new WebSocket(this.url);
    this.#socket = socket;
    const tooLong = setTimeout(() => this.#lost(socket, 0), REQUEST_MS);
    socket.onopen = () => this.#greet(socket, takeOver).finally(() => clearTimeout(tooLong));
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => {
      clearTimeout(tooLong);
      this.#lost(socket, event.code);
    };
  }

  /** @param {WebSocket} socket @param {boolean} takeOver */
  async #greet(socket, takeOver) {
    const { side, session, memory } = this.who;
    const id = `${this.#prefix}-${++this.#count}`;
    const hello = {
      type: "hello", id, protocol: 1, side, session, resume: recall(memory), take_over: takeOver,
    };
    try {
      const welcome = await this.#ask(id, hello, false, true);
      if (welcome.type !== "welcome" || socket !== this.#socket) return;
      remember(memory, welcome.resume);
      this.failures = 0;
      this.#become("open");
      for (const pending of this.#pending.values()) if (pending.keep) socket.send(pending.text);
      clearInterval(this.#pulse);
      this.#pulse = setInterval(() => this.#probe(SILENCE_MS), PING_EVERY_MS);
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code === "offline") return;
      if (error.code !== "already-here") forget(memory);
      this.close();
      this.dispatchEvent(new CustomEvent("refused", { detail: error }));
    }
  }

  /** @param {string} id @param {object} message @param {boolean} keep @param {boolean} now
   *  @returns {Promise<FromServer>} */
  #ask(id, message, keep, now) {
    const text = JSON.stringify(message);
    return new Promise((resolve, reject) => {
      const fail = () => this.#settle(id)?.reject(new ProtocolError("offline", "no reply in time"));
      const timer = setTimeout(fail, keep ? KEPT_REQUEST_MS : REQUEST_MS);
      this.#pending.set(id, { text, keep, resolve, reject, timer });
      if (now) this.#socket?.send(text);
    });
  }

  /** @param {string} id */
  #settle(id) {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }

  /** @param {FromServer} message */
  #hear(message) {
    this.#heardAt = performance.now();
    const pending = "reply_to" in message && message.reply_to && this.#settle(message.reply_to);
    if (pending && message.type === "error") {
      pending.reject(new ProtocolError(message.error, message.message));
    } else if (pending) {
      pending.resolve(message);
    }
    if (!pending || message.type === "welcome" || message.type === "pong") {
      this.dispatchEvent(new CustomEvent("message", { detail: message }));
    }
  }

  /** @param {number} silence longest wait for any sign of life, milliseconds */
  #probe(silence) {
    const socket = this.#socket;
    const asked = performance.now();
    this.request({ type: "ping" }).catch(() => undefined);
    setTimeout(() => {
      if (socket && socket === this.#socket && this.#heardAt < asked) this.#lost(socket, 0);
    }, silence);
  }

  /** @param {WebSocket} socket @param {number} code */
  #lost(socket, code) {
    if (socket !== this.#socket) return;
    clearInterval(this.#pulse);
    if (FINAL.has(code)) {
      forget(this.who.memory);
      this.close();
      return;
    }
    this.#drop();
    this.#rejectPending(false);
    const step = BACK_OFF_MS[Math.min(this.failures++, BACK_OFF_MS.length - 1)] ?? 0;
    this.#retry = setTimeout(() => this.#connect(false), step * (1 + JITTER * Math.random()));
    this.#become("waiting");
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {boolean} all */
  #rejectPending(all) {
    for (const [id, { keep }] of [...this.#pending]) {
      if (all || !keep) this.#settle(id)?.reject(new ProtocolError("offline", "connection lost"));
    }
  }
}
