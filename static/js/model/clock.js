/** What time it is: at the server, at two places, and since something began. */

import { language } from "./language.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

class Clock extends EventTarget {
  #ahead = 0;

  constructor() {
    super();
    setInterval(() => this.dispatchEvent(new Event("tick")), SECOND);
  }

  /** @param {string} serverTime ISO 8601 */
  set(serverTime) {
    this.#ahead = Date.parse(serverTime) - Date.now();
  }

  /** The server's time, milliseconds since 1970. */
  now() {
    return Date.now() + this.#ahead;
  }

  /** @param {string} since ISO 8601 @returns {number} milliseconds */
  since(since) {
    return Math.max(0, this.now() - Date.parse(since));
  }
}

export const clock = new Clock();

/**
 * "02:47" at a place.
 * @param {string} zone IANA
 * @param {number} [at] milliseconds since 1970
 */
export function timeIn(zone, at = clock.now()) {
  return format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, at);
}

/**
 * "Sun": to tell two places apart that are on different days.
 * @param {string} zone IANA
 * @param {number} [at] milliseconds since 1970
 */
export function dayIn(zone, at = clock.now()) {
  return format(zone, { weekday: "short" }, at);
}

/**
 * "0:42", "14:32", "1:02:03".
 * @param {number} span milliseconds
 */
export function elapsed(span) {
  const two = (/** @type {number} */ n) => `${Math.floor(n)}`.padStart(2, "0");
  const minutes = (span % HOUR) / MINUTE;
  const seconds = two((span % MINUTE) / SECOND);
  return span < HOUR
    ? `${Math.floor(minutes)}:${seconds}`
    : `${Math.floor(span / HOUR)}:${two(minutes)}:${seconds}`;
}

/** @param {string} zone @param {Intl.DateTimeFormatOptions} parts @param {number} at */
function format(zone, parts, at) {
  try {
    return new Intl.DateTimeFormat(language.code, { ...parts, timeZone: zone }).format(at);
  } catch {
    return new Intl.DateTimeFormat(language.code, { ...parts, timeZone: "UTC" }).format(at);
  }
}
