/** On to another browser: a link that is good once, for the same person and the same call. */

import { t } from "../model/language.js";
import { post } from "../model/page.js";
import "./copy.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

const HAND_OVER_URL = "/join/handover";

export class HandOver extends Part {
  /** @type {{url: string, way_out: string | null} | null} */
  #link = null;
  #busy = false;
  #error = "";

  view() {
    return h("section", { class: "hand-over stack tight", "aria-label": t("Another browser") },
      this.#link ? this.#way(this.#link) : this.#offer());
  }

  #offer() {
    return [
      h("button", { key: "offer", type: "button", class: "btn wide large", disabled: this.#busy, onclick: () => this.#make() },
        h("farhand-icon", { name: "copy" }), t("Open in another browser")),
      h("p", { key: "error", role: "status", class: "small" }, this.#error),
    ];
  }

  /** @param {{url: string, way_out: string | null}} link */
  #way({ url, way_out: out }) {
    return [
      h("p", { key: "how", role: "status" }, t("Copy this link and open it in Chrome, Safari or Samsung Internet. It works once, within 15 minutes, and the call goes on there.")),
      h("farhand-copy", { key: "copy", text: url }),
      out && h("a", { key: "out", class: "btn next large wide", href: out }, t("Open in the browser")),
    ];
  }

  async #make() {
    this.#busy = true;
    this.#error = "";
    this.plan();
    try {
      this.#link = await post(HAND_OVER_URL, {});
    } catch (error) {
      this.#error = error instanceof TypeError ? t("The server cannot be reached. Please try again.") : /** @type {Error} */ (error).message;
    }
    this.#busy = false;
    this.plan();
  }
}

customElements.define("farhand-hand-over", HandOver);
