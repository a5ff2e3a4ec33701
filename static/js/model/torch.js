/** The phone's light: what the person wants, and what the live track says has become of it. */

/** @typedef {import("../messages.js").Torch} State */

export class Torch {
  wanted = false;
  /** Has the track that is open now been told to shine? */
  #told = false;

  /**
   * Only the live track knows; what the browser says it supports does not count.
   * @param {MediaStreamTrack | null} track
   */
  can(track) {
    return track?.getCapabilities?.().torch === true;
  }

  /**
   * `lost`: it is wanted and does not shine. Not every browser tells.
   * @param {MediaStreamTrack | null} track
   * @returns {State | null}
   */
  state(track) {
    if (!track) return this.wanted ? "lost" : null;
    if (!this.can(track)) return null;
    if (!this.wanted) return "off";
    return this.#told && track.getSettings().torch !== false ? "on" : "lost";
  }

  /**
   * Throws what the browser does.
   * @param {MediaStreamTrack | null} track @param {boolean} on
   */
  async shine(track, on) {
    this.wanted = on;
    this.#told = false;
    await track?.applyConstraints({ advanced: [{ torch: on }] });
    this.#told = on;
  }

  /** Another track than before: it does not shine yet. */
  forget() {
    this.#told = false;
  }
}
