/** The timeline under the picture: steps, then a lane of presence, gaps and voice for everybody. */

import { t } from "../../model/language.js";
import { elapsed } from "../../model/clock.js";
import { markPhotos } from "./photos.js";
import { marksOf, mutedOf, photosOf, presenceOf, segmentsOf } from "./timeline.js";
import { drawVoice } from "./voice.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */
/** @typedef {import("./timeline.js").Span} Span */
/** @typedef {import("./voice.js").Peaks} Peaks */

const SIGNS = { done: "✓", problem: "!", skipped: "»", reopened: "↺" };
const NARROW_PX = 34;
const TINY_PX = 12;
const SNAP_PX = 6;

/** @param {string} track */
function missingWord(track) {
  if (track === "audio") return t("No sound");
  return track === "screen" ? t("No screen") : t("No picture");
}

/** @param {string} reason */
function reasonWord(reason) {
  switch (reason) {
    case "muted": return t("switched off");
    case "reconnected": return t("connection lost, then back");
    case "disk": return t("not stored: the server's disk did not keep up");
    case "paused": return t("recording was paused");
    default: return t("lost on the way");
  }
}

/** @param {string} kind @param {Span} span @param {number} whole milliseconds */
function block(kind, { from, to }, whole) {
  const element = document.createElement("span");
  element.className = kind;
  element.style.setProperty("--from", `${Math.max(0, from) / whole}`);
  element.style.setProperty("--to", `${Math.min(whole, to) / whole}`);
  return element;
}

export class Lanes {
  /** @param {HTMLElement} root @param {Timeline} timeline */
  constructor(root, timeline) {
    this.root = root;
    this.timeline = timeline;
    this.segments = segmentsOf(timeline);
    this.whole = Math.max(1, timeline.duration_ms);
    /** @type {Map<string, HTMLCanvasElement>} */
    this.voices = new Map();
    /** @type {Peaks | null} */
    this.peaks = null;
    this.track = this.#lane(t("Steps"));
    this.photos = photosOf(timeline);
    this.photoLane = this.photos.length ? this.#lane(t("Photos"), "lane photo-lane") : null;
    this.#build();
    new ResizeObserver(() => this.#fit()).observe(root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#fit());
  }

  /** @param {Peaks} peaks */
  showVoices(peaks) {
    this.peaks = peaks;
    this.#fit();
  }

  /**
   * The moment under the pointer; close to a step's mark, that very mark.
   * @param {number} x of the window, pixels
   */
  momentAt(x) {
    const box = this.track.getBoundingClientRect();
    const at = (Math.min(Math.max(x - box.left, 0), box.width) / box.width) * this.whole;
    const near = (SNAP_PX / box.width) * this.whole;
    return marksOf(this.timeline).find((mark) => Math.abs(mark.at_ms - at) < near)?.at_ms ?? at;
  }

  /** @param {number} at shows which step was being worked on at a moment, milliseconds */
  point(at) {
    const now = this.segments.findIndex((segment) => segment.from <= at && at < segment.to);
    [...this.track.children].forEach((element, i) => element.classList.toggle("current", i === now));
  }

  /** @param {(at: number) => void} seek a press on a lane seeks, and goes on while it moves */
  onSeek(seek) {
    this.root.addEventListener("pointerdown", (event) => {
      const lane = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".lane"));
      if (!lane || event.button !== 0 || /** @type {Element} */ (event.target).closest("button")) return;
      const move = (/** @type {PointerEvent} */ { clientX }) => seek(this.momentAt(clientX));
      const stop = () => lane.removeEventListener("pointermove", move);
      lane.setPointerCapture(event.pointerId);
      lane.addEventListener("pointermove", move);
      lane.addEventListener("pointerup", stop, { once: true });
      lane.addEventListener("pointercancel", stop, { once: true });
      move(event);
    });
  }

  // Private

  #build() {
    for (const segment of this.segments) {
      const element = block(`segment ${segment.mark}`, segment, this.whole);
      element.dataset.step = segment.step;
      element.append(Object.assign(document.createElement("b"), { textContent: `${segment.number}` }));
      element.append(Object.assign(document.createElement("i"), { textContent: SIGNS[segment.mark] }));
      this.track.append(element);
    }
    for (const person of this.timeline.participants) this.#person(person);
    this.root.append(Object.assign(document.createElement("span"), { className: "head-line" }));
  }

  /** @param {import("./timeline.js").Person} person */
  #person(person) {
    const lane = this.#lane(person.name);
    for (const span of presenceOf(this.timeline, person)) lane.append(block("there", span, this.whole));
    for (const span of mutedOf(this.timeline, person)) lane.append(block("gap quiet", span, this.whole));
    const canvas = document.createElement("canvas");
    canvas.className = "voice";
    lane.append(canvas);
    this.voices.set(person.id, canvas);
    for (const gap of this.timeline.gaps.filter(({ participant }) => participant === person.id)) {
      const element = block(gap.reason === "muted" ? "gap quiet" : "gap", { from: gap.from_ms, to: gap.to_ms }, this.whole);
      element.textContent = elapsed(gap.to_ms - gap.from_ms);
      element.title = `${missingWord(gap.track)} · ${reasonWord(gap.reason)}`;
      lane.append(element);
    }
  }

  /** @param {string} name @param {string} [className] */
  #lane(name, className = "lane") {
    const label = Object.assign(document.createElement("span"), { className: "name", textContent: name, title: name });
    const lane = Object.assign(document.createElement("div"), { className });
    if (className === "lane") lane.setAttribute("aria-hidden", "true");
    this.root.append(label, lane);
    return lane;
  }

  /** What is too narrow for words shows its shape only. */
  #fit() {
    if (this.photoLane) markPhotos(this.photoLane, this.photos, this.whole);
    for (const segment of this.root.querySelectorAll(".segment, .gap")) {
      const width = segment.getBoundingClientRect().width;
      segment.classList.toggle("narrow", width < NARROW_PX);
      segment.classList.toggle("tiny", width < TINY_PX);
    }
    for (const [id, canvas] of this.voices) {
      const peaks = this.peaks?.participants[id];
      if (peaks && this.peaks) drawVoice(canvas, peaks, this.peaks.per_second, this.whole);
    }
  }
}
