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
    const over = /** @type {HTMLElement} */ (player.querySelector("[data-lanes]"));
    over.addEventListener("pointermove", (event) => this.#show(event, over));
    over.addEventListener("pointerleave", () => (this.box.hidden = true));
  }

  /** @param {PointerEvent} event @param {HTMLElement} over */
  #show(event, over) {
    const target = /** @type {Element} */ (event.target);
    this.box.hidden = event.pointerType === "touch" || !target.closest(".lane, .scrub");
    if (this.box.hidden) return;
    const at = this.player.lanes?.momentAt(event.clientX) ?? 0;
    const frame = this.player.getBoundingClientRect();
    const half = this.box.offsetWidth / 2;
    const x = Math.min(Math.max(event.clientX - frame.left, half), frame.width - half);
    this.box.style.setProperty("--x", `${x}px`);
    this.box.style.setProperty("--y", `${over.getBoundingClientRect().top - frame.top}px`);
    const file = thumbnailAt(this.timeline, at);
    this.picture.hidden = !file;
    if (file) this.#load(`${this.files}/${file}`);
    const [time, wall] = [this.box.querySelector("b"), this.box.querySelector("span")];
    if (time) time.textContent = elapsed(at);
    if (wall) wall.textContent = this.wall(at);
  }

  /** @param {string} url */
  #load(url) {
    if (this.picture.getAttribute("src") !== url) this.picture.src = url;
  }
}
