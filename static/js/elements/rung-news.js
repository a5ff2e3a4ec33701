/** Tells of a rung of the degradation ladder for a moment, when it has changed. */

import { rungSentence } from "./rung.js";

const TOLD_MS = 8_000;

export class RungNews {
  /** @type {Map<string, string>} by participant */
  #rungs = new Map();
  #text = "";
  #until = -Infinity;

  /**
   * What to say now, or "".
   * @param {import("../model/room.js").Room} room
   */
  tell(room) {
    for (const person of room.state?.participants ?? []) {
      const before = this.#rungs.get(person.id) ?? "full";
      this.#rungs.set(person.id, person.rung);
      if (before === person.rung) continue;
      this.#text = rungSentence(person, person.id === room.me);
      this.#until = performance.now() + TOLD_MS;
    }
    return performance.now() < this.#until ? this.#text : "";
  }
}
