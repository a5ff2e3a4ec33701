/** What was to be seen at a moment of the timeline, while the pointer is over it. */

import { elapsed } from "../../model/clock.js";
import { thumbnailAt } from "./timeline.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */

export class Preview {
  /**
   * @param {import("./player.js").Player} player
   * @param {Timeline} timeline
   * @param {{files: string, wall: (at: number) => string}} how
   */
  constructor(player, timeline, { files, wall }) {
    this.player = player;
    this.timeline = timeline;
    this.files = files;
    this.wall = wall;
    this.box = /** @type {HTMLElement} */ (player.querySelector("[data-preview]"));
    this.picture = /** @type {HTMLImageElement} */ (this.box.querySelector("img"));
    this.over = /** @type {HTMLElement} */ (player.querySelector("[data-lanes]"));
    this.over.addEventListener("pointermove", (event) => this.#point(event));
    this.over.addEventListener("pointerleave", () => this.#hide());
    this.over.addEventListener("focusin", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (target.matches(":focus-visible")) this.#look(target);
    });
    this.over.addEventListener("focusout", () => this.#hide());
  }

  // Private

  /** @param {PointerEvent} event */
  #point(event) {
    const target = /** @type {Element} */ (event.target);
    if (event.pointerType === "touch" || !target.closest(".lane, .scrub")) return this.#hide();
    if (this.#look(target)) return undefined;
    const at = this.player.lanes?.momentAt(event.clientX) ?? 0;
    const file = thumbnailAt(this.timeline, at);
    return this.#show(event.clientX, at, file && `${this.files}/${file}`);
  }

  /** @param {Element} target shows the photo of a mark; false: it is none */
  #look(target) {
    const mark = /** @type {HTMLElement | null} */ (target.closest(".photo-mark"));
    const photo = this.player.lanes?.photos.find(({ photo }) => photo === mark?.dataset.photo);
    if (!mark || !photo) return false;
    const { left, width } = mark.getBoundingClientRect();
    this.#show(left + width / 2, photo.at_ms, photo.url);
    return true;
  }

  #hide() {
    this.box.hidden = true;
  }

  /** @param {number} x of the window, pixels @param {number} at @param {string | undefined} url */
  #show(x, at, url) {
    this.box.hidden = false;
    const frame = this.player.getBoundingClientRect();
    const half = this.box.offsetWidth / 2;
    const within = Math.min(Math.max(x - frame.left, half), frame.width - half);
    this.box.style.setProperty("--x", `${within}px`);
    this.box.style.setProperty("--y", `${this.over.getBoundingClientRect().top - frame.top}px`);
    this.picture.hidden = !url;
    if (url && this.picture.getAttribute("src") !== url) this.picture.src = url;
    const [time, wall] = [this.box.querySelector("b"), this.box.querySelector("span")];
    if (time) time.textContent = elapsed(at);
    if (wall) wall.textContent = this.wall(at);
  }
}
