/** The photos of a call: marks on a lane of their own, and each of them large. */

import { elapsed } from "../../model/clock.js";
import { t } from "../../model/language.js";
import { photosOf } from "./timeline.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {import("./timeline.js").Photo} Photo */

/** Photos nearer to each other than this share a mark. */
const MARK_PX = 26;

/**
 * Marks a lane: those that would lie over each other are one, which says how many it stands for.
 * @param {HTMLElement} lane
 * @param {Photo[]} photos in order
 * @param {number} whole length of the recording, milliseconds
 */
export function markPhotos(lane, photos, whole) {
  const near = (MARK_PX / Math.max(1, lane.getBoundingClientRect().width)) * whole;
  /** @type {Photo[][]} */
  const groups = [];
  for (const photo of photos) {
    const group = groups[groups.length - 1];
    if (group?.[0] && photo.at_ms - group[0].at_ms < near) group.push(photo);
    else groups.push([photo]);
  }
  const marks = groups.map(([first, ...more]) => {
    const mark = document.createElement("button");
    const time = elapsed(first?.at_ms ?? 0);
    const count = more.length + 1;
    Object.assign(mark, { type: "button", className: "photo-mark" });
    if (count > 1) mark.dataset.count = `${count}`;
    mark.dataset.photo = first?.photo ?? "";
    mark.style.setProperty("--from", `${(first?.at_ms ?? 0) / whole}`);
    mark.setAttribute("aria-label", count > 1 ? t("{count} photos from {time} on", { count, time }) : t("Photo at {time}", { time }));
    return mark;
  });
  lane.replaceChildren(...marks);
}

/** One photo large, over the page; from there to the one before and after. */
export class PhotoView {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {Timeline} timeline
   * @param {{seek: (at: number) => void, wall: (at: number) => string}} how
   */
  constructor(dialog, timeline, { seek, wall }) {
    this.dialog = dialog;
    this.timeline = timeline;
    this.photos = photosOf(timeline);
    this.seek = seek;
    this.wall = wall;
    this.place = 0;
    dialog.addEventListener("click", (event) => this.#press(/** @type {Element} */ (event.target)));
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") this.#turn(-1);
      if (event.key === "ArrowRight") this.#turn(1);
    });
  }

  /** @param {string} id seeks to where a photo was taken, and opens it */
  open(id) {
    this.place = this.photos.findIndex(({ photo }) => photo === id);
    if (this.place < 0) return;
    this.#show();
    if (!this.dialog.open) this.dialog.showModal();
  }

  // Private

  /** @param {Element} target */
  #press(target) {
    const way = /** @type {HTMLElement | null} */ (target.closest("[data-turn]"))?.dataset.turn;
    if (way) this.#turn(Number(way));
    else if (target === this.dialog || target.closest("[data-close]")) this.dialog.close();
  }

  /** @param {number} way */
  #turn(way) {
    if (!this.photos[this.place + way]) return;
    this.place += way;
    this.#show();
  }

  #show() {
    const photo = this.photos[this.place];
    if (!photo) return;
    const find = (/** @type {string} */ what) => /** @type {HTMLElement} */ (this.dialog.querySelector(what));
    const name = this.timeline.participants.find(({ id }) => id === photo.participant)?.name ?? "";
    const picture = /** @type {HTMLImageElement} */ (find("img"));
    picture.src = photo.url;
    picture.alt = t("Photo of {name}, {time}", { name, time: elapsed(photo.at_ms) });
    find("[data-what]").textContent = `${elapsed(photo.at_ms)} · ${name}`;
    find("[data-when]").textContent = this.wall(photo.at_ms);
    find("[data-count]").textContent = `${this.place + 1} / ${this.photos.length}`;
    find("a").setAttribute("href", photo.url);
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (this.dialog.querySelectorAll("[data-turn]"))) {
      button.disabled = !this.photos[this.place + Number(button.dataset.turn)];
    }
    this.seek(photo.at_ms);
  }
}
