/**
 * The signalling connection: one WebSocket that finds its way back, requests with their replies,
 * and everything else the server says as events. Knows no page.
 *
 * Events: `message` (detail: a message that is nobody's reply), `state` (detail: State),
 * `refused` (detail: ProtocolError, when `hello` is refused).
 */

import { forget, recall, remember } from "./model/memory.js";
import { ProtocolError, REQUEST_MS, Requests } from "./requests.js";

/** @typedef {import("./messages.js").FromClient} FromClient */
/** @typedef {import("./messages.js").FromServer} FromServer */
/** @typedef {"closed" | "connecting" | "open" | "waiting"} State */

const PING_EVERY_MS = 5_000;
const SILENCE_MS = 4_000;
const HURRIED_SILENCE_MS = 1_500;
const BACK_OFF_MS = [0, 300, 700, 1_200];
const JITTER = 0.4;

/** Ended, replaced by another tab, turned away: these are not come back from. */
const FINAL = new Set([4000, 4001, 4002]);

export class Connection extends EventTarget {
  /** @type {State} */
  state = "closed";
  /** How many times in a row it could not connect. */
  failures = 0;
  #requests = new Requests();
  /** @type {WebSocket | null} */
  #socket = null;
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
    this.#requests.reject(true);
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
    const open = this.state === "open";
    if (this.#requests.full || (!keep && !open)) {
      return Promise.reject(new ProtocolError("offline", "not connected"));
    }
    const { text, reply } = this.#requests.add(message, keep);
    if (open) this.#socket?.send(text);
    return reply;
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
    const hello = {
      type: "hello", protocol: 1, side, session, resume: recall(memory), take_over: takeOver,
    };
    const { text, reply } = this.#requests.add(hello, false);
    socket.send(text);
    try {
      const welcome = await reply;
      if (socket !== this.#socket) return;
      // Whoever only watches the desk is answered with "done".
      if (welcome.type === "welcome") remember(memory, welcome.resume);
      this.failures = 0;
      this.#become("open");
      for (const kept of this.#requests.kept) socket.send(kept);
      clearInterval(this.#pulse);
      this.#pulse = setInterval(() => this.#probe(SILENCE_MS), PING_EVERY_MS);
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code === "offline") return;
      if (error.code !== "already-here") forget(memory);
      this.close();
      this.dispatchEvent(new CustomEvent("refused", { detail: error }));
    }
  }

  /** @param {FromServer} message */
  #hear(message) {
    this.#heardAt = performance.now();
    const settled = this.#requests.settle(message);
    if (!settled || message.type === "welcome" || message.type === "pong") {
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
    this.#requests.reject(false);
    const wait = BACK_OFF_MS[Math.min(this.failures++, BACK_OFF_MS.length - 1)] ?? 0;
    this.#retry = setTimeout(() => this.#connect(false), wait * (1 + JITTER * Math.random()));
    this.#become("waiting");
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
