/** The console's one-key shortcuts, and the window that lists them. */

import { t } from "../model/language.js";
import { Pop } from "./pop.js";
import { h } from "./view.js";

export class Keys extends Pop {
  heading() {
    return t("Keyboard shortcuts");
  }

  body() {
    const keys = [
      ["M", t("Microphone on or off")],
      ["V", t("Camera on or off")],
      ["F", t("Photo from the customer's camera")],
      ["D", t("Current step is done")],
      ["P", t("Report a problem with the step")],
      ["S", t("Skip the step")],
      ["I", t("Invite")],
      ["?", t("This list")],
    ];
    return h("dl", { class: "keys" }, keys.map(([key, what]) =>
      h("div", { class: "row", key }, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what))));
  }
}

/**
 * Calls what belongs to a key, unless the person is typing or a window is open.
 * @param {Record<string, () => void>} actions by lower-case key
 */
export function listenForKeys(actions) {
  addEventListener("keydown", (event) => {
    const { target, key, ctrlKey, metaKey, altKey, repeat } = event;
    if (ctrlKey || metaKey || altKey || repeat || !(target instanceof Element)) return;
    if (target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const act = actions[key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

customElements.define("farhand-keys", Keys);
