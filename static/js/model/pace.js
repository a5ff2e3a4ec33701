/** How fast photos go up: the voice goes first, so pieces are small where the line is weak. */

import { wait } from "./wait.js";

/** Bytes. A piece should be on its way for about a second. */
const FIRST = 64 * 1024;
const LARGEST = 1024 * 1024;
const SMALLEST = 16 * 1024;
const SMALL_TRY = 8 * 1024;
const PIECE_SECONDS = 1;
/** On the rung of voice alone: so often it is found out whether the line carries more by now. */
const TRY_EVERY_MS = 30_000;
/** What was measured longer ago says nothing of the line now. */
const FRESH_MS = 60_000;

export class Pace {
  /** @type {import("../messages.js").Rung} */
  rung = "full";
  /** How long a request without a body takes, milliseconds. */
  trip = 0;
  #bps = 0;
  #measuredAt = -Infinity;
  #triedAt = -Infinity;

  /** What the last piece went up with, in bits a second, or null. */
  get bps() {
    return performance.now() - this.#measuredAt < FRESH_MS ? this.#bps : null;
  }

  /** Only a small try now and then? */
  get sparing() {
    return this.rung === "voice";
  }

  /** How many bytes the next piece may have. */
  get piece() {
    if (this.sparing) return SMALL_TRY;
    if (this.bps === null) return this.rung === "full" ? FIRST : SMALLEST;
    return Math.round(Math.min(LARGEST, Math.max(SMALLEST, (this.bps / 8) * PIECE_SECONDS)));
  }

  /** Settles when the next piece may go. */
  async turn() {
    while (this.sparing && performance.now() - this.#triedAt < TRY_EVERY_MS) await wait(1_000);
    this.#triedAt = performance.now();
  }

  /**
   * A piece has gone up. Going there and back is no part of it, else small pieces on a slow line
   * would make it look weak, and the next ones smaller.
   * @param {number} bytes
   * @param {number} ms
   */
  measured(bytes, ms) {
    const sending = Math.max(1, ms / 2, ms - this.trip);
    this.#bps = Math.round((8 * bytes) / (sending / 1_000));
    this.#measuredAt = performance.now();
  }
}
