/** The recording's page: plays it by step, or waits until it can be played. */

import { language } from "../model/language.js";
import { marksOf } from "../elements/player/timeline.js";

/** @typedef {import("../elements/player/player.js").Player} Player */
/** @typedef {import("../elements/player/photos.js").PhotoView} PhotoView */
/** @typedef {{timeline: import("../elements/player/timeline.js").Timeline, files: string,
 *   zone: string, place: string}} Page */

const POLL_MS = 2_000;
const RELOAD_ON = new Set(["ready", "failed", "sealed", "producing"]);

const embedded = document.getElementById("recording");
const waiting = document.getElementById("waiting");

/** @param {Page} page */
async function play(page) {
  const code = document.documentElement.lang;
  await language.use(code);
  const [{ Player }, { PhotoView }] = await Promise.all([
    import("../elements/player/player.js"),
    import("../elements/player/photos.js"),
  ]);
  const player = /** @type {Player} */ (document.querySelector("farhand-player"));
  if (!(player instanceof Player)) return;
  const format = new Intl.DateTimeFormat(code, {
    timeZone: page.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  const origin = Date.parse(page.timeline.origin_wall);
  const time = (/** @type {number} */ at) => format.format(origin + at);
  const wall = (/** @type {number} */ at) => `${page.place} ${time(at)}`;
  player.show(page.timeline, { files: page.files, wall });
  showMarks(player, page, time);
  showPhotos(new PhotoView(
    /** @type {HTMLDialogElement} */ (document.querySelector("[data-photo-view]")),
    page.timeline,
    { seek: (at) => player.seek(at), wall },
  ));
  const peaks = await fetch(`${page.files}/peaks.json`).catch(() => null);
  if (peaks?.ok) player.lanes?.showVoices(await peaks.json());
}

/** @param {Player} player @param {Page} page @param {(at: number) => string} time */
function showMarks(player, page, time) {
  const list = /** @type {HTMLElement} */ (document.querySelector("[data-marks]"));
  const buttons = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("button[data-ms]")]);
  for (const said of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("[data-wall-of]"))) {
    said.textContent = `· ${time(Number(said.dataset.wallOf))}`;
  }
  list.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("button"));
    if (button) player.seek(Number(button.dataset.ms));
  });
  const marks = marksOf(page.timeline);
  player.addEventListener("moment", (event) => {
    const at = /** @type {CustomEvent<number>} */ (event).detail;
    const last = marks.filter((mark) => mark.at_ms <= at).pop()?.at_ms;
    for (const button of buttons) {
      const current = Number(button.dataset.ms) === last;
      if (current !== button.hasAttribute("aria-current")) mark(button, current);
    }
  });
}

/** @param {PhotoView} view opens what is pressed on the lane or in the list */
function showPhotos(view) {
  document.addEventListener("click", (event) => {
    const pressed = /** @type {Element} */ (event.target).closest("[data-photo]");
    if (pressed) view.open(/** @type {HTMLElement} */ (pressed).dataset.photo ?? "");
  });
}

/** @param {HTMLElement} button @param {boolean} current */
function mark(button, current) {
  if (current) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
}

/** @param {HTMLElement} section reloads the page as soon as there is more to show */
function wait({ dataset: { url = "", state = "" } }) {
  if (state === "failed" || state === "ready") return;
  setInterval(async () => {
    const reply = document.hidden ? null : await fetch(url).catch(() => null);
    const now = reply?.ok ? (await reply.json()).state : state;
    const further = state === "capturing" ? RELOAD_ON.has(now) : now === "ready" || now === "failed";
    if (further) location.reload();
  }, POLL_MS);
}

if (embedded) play(JSON.parse(embedded.textContent ?? "{}"));
if (waiting) wait(waiting);
