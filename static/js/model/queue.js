/**
 * Waiting for a free line (docs/protocol.md, `queued`): one's place, and when to offer again.
 *
 * Events: `change`.
 */

export class Queue extends EventTarget {
  /** Counts from 1; 0: not waiting. */
  place = 0;
  /** @type {{resolve: () => void, reject: (error: Error) => void} | null} */
  #waiting = null;

  /**
   * The server had no line free: settles when it has, fails when its word can no longer come.
   * @returns {Promise<void>}
   */
  turn() {
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  /** @param {number} place */
  move(place) {
    this.#become(place);
    if (place === 0) this.#waiting?.resolve();
  }

  /** @param {Error} error why nobody waits here any more */
  leave(error) {
    this.#become(0);
    this.#waiting?.reject(error);
    this.#waiting = null;
  }

  /** @param {number} place */
  #become(place) {
    if (place === this.place) return;
    this.place = place;
    this.dispatchEvent(new Event("change"));
  }
}
