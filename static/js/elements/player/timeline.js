/** A recording's timeline as the server tells it, and the spans that are drawn from it. No DOM. */

/** @typedef {import("../../messages.js").Mark} Mark */
/** @typedef {{at_ms: number, event: string, participant?: string | null, step?: string,
 *   number?: number, mark?: Mark, note?: string, name?: string, track?: string, photo?: string,
 *   url?: string, reason?: string}} Entry */
/** @typedef {{at_ms: number, participant: string, photo: string, url: string}} Photo */
/** @typedef {{id: string, name: string, role: string, first_ms: number | null,
 *   last_ms: number | null}} Person */
/** @typedef {{participant: string, track: string, from_ms: number, to_ms: number,
 *   reason: string}} Gap */
/** @typedef {{origin_wall: string, duration_ms: number, participants: Person[], entries: Entry[],
 *   gaps: Gap[], thumbnails: {at_ms: number, file: string}[],
 *   review?: {file: string, elsewhere: {file: string, from_ms: number, to_ms: number}[]}}} Timeline
 *   recordings that were produced long ago have no `review` */
/** @typedef {{from: number, to: number}} Span milliseconds of the recording */
/** @typedef {Span & {step: string, number: number, mark: Mark, note: string}} Segment */

const PHOTOS = "/photos/";
const BEGINS = new Set(["joined", "back"]);
const ENDS = new Set(["left", "reconnecting"]);

/** @param {Timeline} timeline every mark of a step, in order */
export function marksOf({ entries }) {
  return entries.filter((entry) => entry.event === "step").sort((a, b) => a.at_ms - b.at_ms);
}

/**
 * Every photo, in order. They are the server's own, whatever a log says.
 * @param {Timeline} timeline
 * @returns {Photo[]}
 */
export function photosOf({ entries }) {
  return entries
    .filter(({ event, url = "" }) => event === "photo" && url.startsWith(PHOTOS))
    .map(({ at_ms, participant, photo = "", url = "" }) => ({ at_ms, participant: participant ?? "", photo, url }))
    .sort((a, b) => a.at_ms - b.at_ms);
}

/**
 * The time that was spent on each step: from the mark before to its own.
 * @param {Timeline} timeline
 * @returns {Segment[]}
 */
export function segmentsOf(timeline) {
  let from = timeline.entries.find((entry) => entry.event === "procedure")?.at_ms ?? 0;
  /** @type {Segment[]} */
  const segments = [];
  for (const { at_ms: to, step = "", number = 0, mark = "done", note = "" } of marksOf(timeline)) {
    if (mark === "reopened") continue;
    segments.push({ from: Math.min(from, to), to, step, number, mark, note });
    from = to;
  }
  return segments;
}

/**
 * When somebody was in the room.
 * @param {Timeline} timeline
 * @param {Person} person
 * @returns {Span[]}
 */
export function presenceOf(timeline, person) {
  const own = timeline.entries.filter((entry) => entry.participant === person.id);
  /** @type {Span[]} */
  const spans = [];
  let from = own.some((entry) => BEGINS.has(entry.event)) ? null : person.first_ms;
  for (const { event, at_ms } of own) {
    if (BEGINS.has(event)) from ??= at_ms;
    if (!ENDS.has(event) || from === null) continue;
    spans.push({ from, to: at_ms });
    from = null;
  }
  if (from !== null) spans.push({ from, to: person.last_ms ?? timeline.duration_ms });
  return spans;
}

/**
 * When somebody's microphone was off.
 * @param {Timeline} timeline
 * @param {Person} person
 * @returns {Span[]}
 */
export function mutedOf(timeline, person) {
  /** @type {Span[]} */
  const spans = [];
  let from = -1;
  for (const { event, at_ms, participant, track = "audio" } of timeline.entries) {
    if (participant !== person.id || track !== "audio") continue;
    if (event === "muted" && from < 0) from = at_ms;
    if ((event === "unmuted" || event === "left") && from >= 0) {
      spans.push({ from, to: at_ms });
      from = -1;
    }
  }
  if (from >= 0) spans.push({ from, to: person.last_ms ?? timeline.duration_ms });
  return spans;
}

/**
 * The picture that belongs to a moment: the last one at or before it.
 * @param {Timeline} timeline
 * @param {number} at milliseconds
 */
export function thumbnailAt({ thumbnails }, at) {
  let found = thumbnails[0];
  for (const thumbnail of thumbnails) if (thumbnail.at_ms <= at) found = thumbnail;
  return found?.file;
}
