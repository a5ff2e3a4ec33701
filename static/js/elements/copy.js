/** A link and the button that copies it; where copying is forbidden, the link is left selected. */

import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

const SAID_MS = 2_500;

export class Copy extends Part {
  static observedAttributes = ["text"];
  #copied = false;

  attributeChangedCallback() {
    this.plan();
  }

  view() {
    const label = t("Link");
    return h(
      "div",
      { class: "copy" },
      h("input", { class: "input grow", readOnly: true, value: this.getAttribute("text") ?? "", "aria-label": label, onfocus: select }),
      h("button", { type: "button", class: "btn", onclick: () => this.#copy() },
        h("farhand-icon", { name: this.#copied ? "check" : "copy" }),
        h("span", { "aria-live": "polite" }, this.#copied ? t("Copied") : t("Copy"))),
    );
  }

  async #copy() {
    const input = this.querySelector("input");
    input?.select();
    try {
      await navigator.clipboard.writeText(this.getAttribute("text") ?? "");
    } catch {
      if (!document.execCommand("copy")) return;
    }
    this.#copied = true;
    this.plan();
    setTimeout(() => {
      this.#copied = false;
      this.plan();
    }, SAID_MS);
  }
}

/** @param {Event} event */
function select(event) {
  /** @type {HTMLInputElement} */ (event.target).select();
}

customElements.define("farhand-copy", Copy);
