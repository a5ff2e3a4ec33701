/** The recording's player: the video, its buttons and keys, and the lanes that follow it. */

import { elapsed } from "../../model/clock.js";
import { Elsewhere } from "./elsewhere.js";
import { actionOf } from "./keys.js";
import { Lanes } from "./lanes.js";
import { Preview } from "./preview.js";
import { marksOf } from "./timeline.js";

/** @typedef {import("./keys.js").Action} Action */
/** @typedef {import("./timeline.js").Timeline} Timeline */

const LEAP_S = 10;
const STEP_S = 5;
const SPEEDS = [1, 1.5, 2];
/** "The step before" means the one before that, this soon after a mark. */
const JUST_PASSED_S = 2;

export class Player extends HTMLElement {
  /**
   * @param {Timeline} timeline
   * @param {{files: string, wall: (at: number) => string}} how where thumbnails are, and what
   *   time it was at the site at a moment of the recording
   */
  show(timeline, { files, wall }) {
    this.timeline = timeline;
    this.wall = wall;
    this.video = /** @type {HTMLVideoElement} */ (this.querySelector("video"));
    this.scrub = /** @type {HTMLInputElement} */ (this.querySelector(".scrub"));
    this.lanes = new Lanes(/** @type {HTMLElement} */ (this.querySelector("[data-lanes]")), timeline);
    this.lanes.onSeek((at) => this.seek(at));
    this.elsewhere = new Elsewhere(this.video, timeline, files);
    this.preview = new Preview(this, timeline, { files, wall });
    this.video.controls = false;
    this.#listen();
    this.#follow();
  }

  get at() {
    return Math.round((this.video?.currentTime ?? 0) * 1_000);
  }

  // Actions

  /** @param {number} at milliseconds of the recording */
  seek(at) {
    if (!this.video || !this.timeline) return;
    this.video.currentTime = Math.min(Math.max(at, 0), this.timeline.duration_ms) / 1_000;
    this.#follow();
  }

  /** @param {Action} action */
  act(action) {
    const video = /** @type {HTMLVideoElement} */ (this.video);
    const now = video.currentTime;
    switch (action) {
      case "toggle": return video.paused ? void video.play().catch(() => undefined) : video.pause();
      case "back": return this.seek((now - LEAP_S) * 1_000);
      case "forward": return this.seek((now + LEAP_S) * 1_000);
      case "earlier": return this.seek((now - STEP_S) * 1_000);
      case "later": return this.seek((now + STEP_S) * 1_000);
      case "start": return this.seek(0);
      case "end": return this.seek(Infinity);
      case "previous": return this.#toMark(-1);
      case "next": return this.#toMark(1);
      case "slower": return this.#speed(SPEEDS.filter((speed) => speed < video.playbackRate).pop());
      case "faster": return this.#speed(SPEEDS.find((speed) => speed > video.playbackRate));
      case "mute": video.muted = !video.muted; return;
      case "expand": return void (document.fullscreenElement ? document.exitFullscreen() : video.parentElement?.requestFullscreen());
    }
  }

  // Private

  #listen() {
    const video = /** @type {HTMLVideoElement} */ (this.video);
    for (const name of ["timeupdate", "seeking", "seeked", "play", "pause", "volumechange", "ratechange"]) {
      video.addEventListener(name, () => this.#follow());
    }
    video.addEventListener("play", () => this.#animate());
    video.parentElement?.addEventListener("click", ({ target }) => {
      if (target instanceof HTMLVideoElement) this.act("toggle");
    });
    for (const name of ["error", "loadedmetadata"]) video.addEventListener(name, () => this.#judge());
    this.#judge();
    this.scrub?.addEventListener("input", () => this.seek(Number(this.scrub?.value)));
    this.addEventListener("click", (event) => this.#press(/** @type {Element} */ (event.target)));
    document.addEventListener("keydown", (event) => {
      const action = actionOf(event);
      if (!action) return;
      event.preventDefault();
      this.act(action);
    });
  }

  /** Says when there is no picture; a seek makes the small still give way to the sharp one. */
  #judge() {
    const { error, readyState } = /** @type {HTMLVideoElement} */ (this.video);
    /** @type {HTMLElement} */ (this.querySelector("[data-broken]")).hidden = !error;
    if (readyState >= HTMLMediaElement.HAVE_METADATA) this.seek(this.at);
  }

  /** @param {Element} target */
  #press(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("button"));
    if (button?.dataset.do) this.act(/** @type {Action} */ (button.dataset.do));
    if (button?.dataset.speed) this.#speed(Number(button.dataset.speed));
  }

  /** @param {1 | -1} way */
  #toMark(way) {
    const marks = marksOf(/** @type {Timeline} */ (this.timeline)).map((mark) => mark.at_ms);
    const before = this.at - JUST_PASSED_S * 1_000;
    const mark = way > 0 ? marks.find((at) => at > this.at + 1) : marks.filter((at) => at < before).pop();
    if (mark !== undefined || way < 0) this.seek(mark ?? 0);
  }

  /** @param {number | undefined} speed */
  #speed(speed) {
    if (this.video && speed) this.video.playbackRate = speed;
  }

  #animate() {
    if (!this.video || this.video.paused) return;
    this.#follow();
    requestAnimationFrame(() => this.#animate());
  }

  #follow() {
    if (!this.video || !this.timeline || !this.scrub) return;
    const at = this.at;
    this.elsewhere?.follow();
    this.toggleAttribute("data-playing", !this.video.paused);
    this.toggleAttribute("data-muted", this.video.muted);
    this.querySelector('[data-do="mute"]')?.setAttribute("aria-pressed", `${this.video.muted}`);
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-speed]"))) {
      button.setAttribute("aria-pressed", `${Number(button.dataset.speed) === this.video.playbackRate}`);
    }
    this.style.setProperty("--at", `${at / Math.max(1, this.timeline.duration_ms)}`);
    this.scrub.value = `${at}`;
    this.scrub.setAttribute("aria-valuetext", elapsed(at));
    /** @type {HTMLElement} */ (this.querySelector("[data-now]")).textContent = elapsed(at);
    /** @type {HTMLElement} */ (this.querySelector("[data-wall]")).textContent = this.wall?.(at) ?? "";
    this.lanes?.point(at);
    this.dispatchEvent(new CustomEvent("moment", { detail: at }));
  }
}

customElements.define("farhand-player", Player);
