/**
 * The customer's photos: taken when somebody asks, when the person wants one, and every few
 * seconds while the room wants stills. They leave through the outbox.
 *
 * Events: `change` (`news` is new).
 */

import { clock } from "./clock.js";
import { LIGHT, SHARP, takeStill } from "./still.js";

/** @typedef {import("../messages.js").PhotoReason} PhotoReason */
/** @typedef {{what: "wanted" | "taken" | "failed" | "full", by: string, at: number}} News */

/** At first so often; a long stay on the rung makes it rarer, for a session holds so many only. */
const EVERY_MS = 4_000;
const RARER_MS = 50;
const LOOK_MS = 500;
/** So many may be asked for before the first is taken. */
const ASKED_LIMIT = 3;

export class Photos extends EventTarget {
  /**
   * What the person is shown: of the last photo that was not the timer's, or that one is wanted.
   * @type {News | null}
   */
  news = null;
  /** Is the camera at it, for somebody who wants one? */
  busy = false;
  #asked = 0;
  #line = Promise.resolve();
  #timer = 0;
  #timedAt = -Infinity;
  #timed = 0;
  /** Does the session hold all the timer's photos it can? */
  #full = false;

  /**
   * @param {import("./camera.js").Camera} camera
   * @param {import("./outbox.js").Outbox} outbox
   * @param {string} participant whose photos they are
   */
  constructor(camera, outbox, participant) {
    super();
    this.camera = camera;
    this.outbox = outbox;
    this.participant = participant;
    outbox.addEventListener("refused", (event) => {
      const { record } = /** @type {CustomEvent} */ (event).detail;
      this.#full ||= record.reason === "timer";
    });
  }

  /**
   * One photo after the other.
   * @param {PhotoReason} reason
   * @param {string} [by] who asked for it
   */
  take(reason, by = "") {
    if (this.#asked >= ASKED_LIMIT) return;
    this.#asked += 1;
    this.#line = this.#line.then(() => this.#take(reason, by));
  }

  /**
   * Somebody wants a photo. Where the call is not recorded because somebody refused, none is
   * taken without the person's own tap.
   * @param {string} by
   * @param {boolean} recordable
   */
  want(by, recordable) {
    if (recordable) this.take("asked", by);
    else this.#become(this.busy, { what: "wanted", by, at: performance.now() });
  }

  /**
   * The person's answer.
   * @param {boolean} yes
   */
  answer(yes) {
    const by = this.news?.by;
    this.#become(this.busy, null);
    if (yes) this.take("asked", by);
  }

  /**
   * Photos on their own, the next only when the one before is up.
   * @param {boolean} on
   */
  time(on) {
    if (on === this.#timer > 0) return;
    clearInterval(this.#timer);
    this.#timer = on ? setInterval(() => this.#look(), LOOK_MS) : 0;
  }

  #look() {
    const due = performance.now() - this.#timedAt >= EVERY_MS + this.#timed * RARER_MS;
    if (!due || this.#full || this.#asked || !this.camera.on || this.outbox.holds("timer")) return;
    this.#timedAt = performance.now();
    this.#timed += 1;
    this.take("timer");
  }

  /** @param {PhotoReason} reason @param {string} by */
  async #take(reason, by) {
    const taken_at = new Date(clock.now()).toISOString();
    this.#become(reason !== "timer", this.news);
    try {
      const bytes = await takeStill(this.camera, reason === "timer" ? LIGHT : SHARP);
      const { participant } = this;
      const kept = this.outbox.addPhoto({ participant, taken_at, reason, bytes });
      this.#tell(reason, kept ? "taken" : "full", by);
    } catch {
      this.#tell(reason, "failed", by);
    }
  }

  /** @param {PhotoReason} reason @param {News["what"]} what @param {string} by */
  #tell(reason, what, by) {
    this.#asked -= 1;
    this.#become(false, reason === "timer" ? this.news : { what, by, at: performance.now() });
  }

  /** @param {boolean} busy @param {News | null} news */
  #become(busy, news) {
    this.busy = busy;
    this.news = news;
    this.dispatchEvent(new Event("change"));
  }
}
