/** A button with its sign above or beside its word, as it is used all over a call. */

import { h } from "./view.js";

/** @typedef {{icon: string, label: string, onclick: () => void, pressed?: boolean, tone?: string,
 *   disabled?: boolean, hint?: string, name?: string}} Control */

/**
 * @param {Control} control `hint` describes it to the screen reader and the pointer
 */
export function control({ icon, label, onclick, pressed, tone = "", disabled = false, hint, name }) {
  return h(
    "button",
    {
      key: name ?? icon, type: "button", class: `control ${tone}`, disabled, onclick,
      "aria-pressed": pressed, title: hint,
    },
    h("farhand-icon", { name: icon }),
    h("span", {}, label),
  );
}
