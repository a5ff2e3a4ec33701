/** Who waits to be let in, since when, and the two answers to that. */

import { clock, elapsed } from "../model/clock.js";
import { t } from "../model/language.js";
import { chime } from "../model/sounds.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

const QUIET = 0.15;

export class Guests extends Part {
  static ticking = true;
  /** @type {Set<string>} */
  #known = new Set();
  /**
   * Asked to be let in or turned away, not yet answered.
   * @type {Set<string>}
   */
  #busy = new Set();

  view() {
    const { waiting } = this.call.room;
    this.#ring(waiting.map(({ id }) => id));
    return h("div", { class: "guests", role: "status" }, waiting.map(({ id, name, since }) => {
      const disabled = this.#busy.has(id);
      return h(
        "div",
        { key: id, class: "banner ring" },
        h("farhand-icon", { name: "wait" }),
        h("p", { class: "grow" }, h("b", {}, t("{name} is waiting", { name })), " ",
          h("span", { class: "soft", "aria-hidden": "true" }, elapsed(clock.since(since)))),
        h("button", { key: "no", type: "button", class: "btn", disabled, onclick: () => this.#answer(id, false) }, t("Turn away")),
        h("button", { key: "yes", type: "button", class: "btn next", disabled, onclick: () => this.#answer(id, true) }, t("Let in")),
      );
    }));
  }

  /** @param {string[]} ids */
  #ring(ids) {
    if (ids.some((id) => !this.#known.has(id))) chime(QUIET);
    this.#known = new Set(ids);
  }

  /** @param {string} id @param {boolean} welcome */
  async #answer(id, welcome) {
    this.#busy.add(id);
    this.plan();
    await (welcome ? this.call.admit(id) : this.call.turnAway(id));
    this.#busy.delete(id);
    this.plan();
  }
}

customElements.define("farhand-guests", Guests);
