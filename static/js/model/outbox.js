/**
 * The customer's marks and photos on their way to the server. Each is kept on the phone until the
 * server has said yes, also when the page is closed and opened again. Marks and photos each go in
 * order, one at a time; a mark does not wait for a photo, nor what somebody asked for for what the
 * timer took.
 *
 * Events: `change`, `sent` (detail: {record, reply}), `refused` (detail: {record, error}).
 */

import { ask, Refused } from "./http.js";
import { Store } from "./store.js";
import { sendPhoto } from "./tus.js";

/** @typedef {import("../messages.js").Mark} Mark */
/** @typedef {import("../messages.js").PhotoReason} PhotoReason */
/** @typedef {{participant: string, checklist: string | null, step: string, mark: Mark,
 *   note: string, made_at: string}} MadeMark */
/** @typedef {{participant: string, taken_at: string, reason: PhotoReason,
 *   bytes: ArrayBuffer}} TakenPhoto */
/** @typedef {{kind: "mark", id: string, order: number} & MadeMark} MarkRecord */
/** @typedef {{kind: "photo", id: string, order: number} & TakenPhoto} PhotoRecord */
/** @typedef {MarkRecord | PhotoRecord} Waiting */

const MARKS_URL = "/join/marks";
const MARK_MS = 8_000;
const AGAIN_MS = [500, 1_000, 2_000, 4_000, 8_000];
/** A phone may hold so many photos that have not been sent. */
const PHOTOS_LIMIT = 100;
/** @type {Waiting["kind"][]} */
const KINDS = ["mark", "photo"];

export class Outbox extends EventTarget {
  /** @type {Waiting[]} in order */
  waiting = [];
  #store = new Store();
  /** @type {Map<string, Promise<void>>} being written, by id */
  #writing = new Map();
  /** @type {Set<Waiting["kind"]>} */
  #working = new Set();
  /** @type {Set<Waiting["kind"]>} what did not get through the last time */
  #failing = new Set();
  /** @type {Partial<Record<Waiting["kind"], () => void>>} */
  #wake = {};

  /** @param {import("./pace.js").Pace} pace */
  constructor(pace) {
    super();
    this.pace = pace;
    this.#store.addEventListener("change", () => this.#changed());
    addEventListener("online", this.hurry);
  }

  /** Is all of it kept when the page is closed? */
  get safe() {
    return this.#store.safe;
  }

  /** Does it wait for a better line, rather than being on its way? */
  get stuck() {
    return this.#failing.size > 0 || this.pace.sparing;
  }

  /** Takes up what was left when the page was closed. */
  async begin() {
    /** @type {Waiting[]} */
    const left = await this.#store.all();
    const known = new Set(this.waiting.map(({ id }) => id));
    this.waiting.push(...left.filter(({ id }) => !known.has(id)));
    this.waiting.sort((a, b) => a.order - b.order);
    this.#changed();
    this.hurry();
  }

  // Actions

  /** @param {MadeMark} made */
  addMark(made) {
    this.#add({ kind: "mark", id: crypto.randomUUID(), order: this.#order, ...made });
  }

  /**
   * Whether there is room for it.
   * @param {TakenPhoto} taken
   */
  addPhoto(taken) {
    if (this.waiting.filter(({ kind }) => kind === "photo").length >= PHOTOS_LIMIT) return false;
    this.#add({ kind: "photo", id: crypto.randomUUID(), order: this.#order, ...taken });
    return true;
  }

  /** @param {PhotoReason} reason does a photo taken for it wait here? */
  holds(reason) {
    return this.waiting.some((record) => record.kind === "photo" && record.reason === reason);
  }

  /** There may be a connection now. */
  hurry = () => {
    for (const kind of KINDS) {
      this.#wake[kind]?.();
      this.#work(kind);
    }
  };

  // Private

  get #order() {
    return Math.max(Date.now(), 1 + (this.waiting[this.waiting.length - 1]?.order ?? 0));
  }

  /**
   * Sending does not wait for the disk.
   * @param {Waiting} record
   */
  #add(record) {
    this.waiting.push(record);
    this.#writing.set(record.id, this.#store.put(record));
    this.#changed();
    this.#work(record.kind);
  }

  /** @param {Waiting["kind"]} kind */
  async #work(kind) {
    if (this.#working.has(kind)) return;
    this.#working.add(kind);
    let failures = 0;
    for (let record = this.#next(kind); record; record = this.#next(kind)) {
      try {
        const reply = await this.#send(record);
        failures = 0;
        this.#failing.delete(kind);
        if (reply) this.#settle(record, "sent", { record, reply });
      } catch (error) {
        // Only the server's no is one; an answer that broke off is asked for again.
        if (error instanceof Refused) this.#settle(record, "refused", { record, error });
        else await this.#pause(kind, failures++);
      }
    }
    this.#working.delete(kind);
  }

  /** @param {Waiting["kind"]} kind @returns {Waiting | undefined} */
  #next(kind) {
    const mine = this.waiting.filter((record) => record.kind === kind);
    return mine.find((record) => record.kind === "mark" || record.reason !== "timer") ?? mine[0];
  }

  /**
   * What the server said, or nothing if something else goes first now.
   * @param {Waiting} record
   */
  async #send(record) {
    if (record.kind === "photo") {
      return (await sendPhoto(record, this.pace, () => this.#next("photo") === record)) ? {} : null;
    }
    const { kind, order, ...mark } = record;
    const reply = await ask(
      MARKS_URL,
      { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(mark) },
      MARK_MS,
    );
    return reply.json();
  }

  /** @param {Waiting} record @param {"sent" | "refused"} how @param {object} detail */
  #settle(record, how, detail) {
    this.waiting = this.waiting.filter((other) => other !== record);
    const written = this.#writing.get(record.id) ?? Promise.resolve();
    this.#writing.delete(record.id);
    written.then(() => this.#store.remove(record.id));
    this.dispatchEvent(new CustomEvent(how, { detail }));
    this.#changed();
  }

  /** @param {Waiting["kind"]} kind @param {number} failures */
  #pause(kind, failures) {
    this.#failing.add(kind);
    this.#changed();
    return new Promise((/** @type {(nothing: void) => void} */ resolve) => {
      this.#wake[kind] = resolve;
      setTimeout(resolve, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]);
    });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
