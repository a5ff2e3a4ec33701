/** The player's keys, by their place on the keyboard: they work under every input method. */

/** @typedef {"toggle" | "back" | "forward" | "earlier" | "later" | "slower" | "faster" | "previous"
 *   | "next" | "mute" | "expand" | "start" | "end"} Action */

/** @type {Record<string, Action>} */
const KEYS = {
  KeyK: "toggle", Space: "toggle", KeyJ: "back", KeyL: "forward", ArrowLeft: "earlier",
  ArrowRight: "later", Comma: "slower", Period: "faster", BracketLeft: "previous",
  BracketRight: "next", KeyM: "mute", KeyF: "expand", Home: "start", End: "end",
};
const TYPING = "input:not([type=range]), select, textarea, [contenteditable], dialog";
const PRESSED = "button, a, summary";

/**
 * What a key asks the player to do; null when it is meant for something else.
 * @param {KeyboardEvent} event
 * @returns {Action | null}
 */
export function actionOf(event) {
  const target = /** @type {Element} */ (event.target);
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (target.closest(TYPING) || (event.code === "Space" && target.closest(PRESSED))) return null;
  return KEYS[event.code] ?? null;
}
