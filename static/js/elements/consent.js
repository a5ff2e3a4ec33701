/** The question about recording: what, why, who sees it, and two answers of equal weight. */

import { whyNotRecorded } from "../model/disk.js";
import { language, t } from "../model/language.js";
import { post } from "../model/page.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class Consent extends Part {
  /** Where the answer goes. */
  url = "";
  /** @type {() => void} */
  answered = () => undefined;
  #busy = false;
  #error = "";

  view() {
    const { page } = this.call;
    const organisation = page.caller?.organisation;
    const choice = (/** @type {boolean} */ recording) => () => this.#answer(recording);
    return h(
      "section",
      { class: "consent stack", "aria-labelledby": "consent-title" },
      h("h2", { id: "consent-title" }, t("May this call be recorded?")),
      h("ul", { class: "consent-facts" },
        h("li", {}, h("b", {}, t("What")), h("span", {}, t("Picture and sound of everybody in the call, the steps and the notes."))),
        h("li", {}, h("b", {}, t("Why")), h("span", {}, t("So that the work can be checked and proven later."))),
        h("li", {}, h("b", {}, t("Who sees it")), h("span", {}, organisation
          ? t("Only the service team of {organisation}.", { organisation })
          : t("Only the service team that looks after this machine.")))),
      page.not_recorded && h("p", { key: "disk", class: "banner warn" }, whyNotRecorded(page.not_recorded)),
      this.#error && h("p", { class: "banner bad", role: "alert" }, this.#error),
      h("div", { class: "consent-choices" },
        h("button", { key: "yes", type: "button", class: "choice next", disabled: this.#busy, onclick: choice(true) }, t("Yes, record")),
        h("button", { key: "no", type: "button", class: "choice", disabled: this.#busy, onclick: choice(false) }, t("No, do not record"))),
      h("p", { class: "soft small" }, t("The call works just the same without recording. You can change your mind during the call.")),
    );
  }

  /** @param {boolean} recording */
  async #answer(recording) {
    if (this.#busy) return;
    this.#busy = true;
    this.#error = "";
    this.plan();
    try {
      const { version } = this.call.page.consent;
      await post(this.url, { recording, language: language.code, version });
      this.call.consent = recording;
      this.answered();
    } catch (error) {
      this.#error = error instanceof TypeError ? t("The server cannot be reached. Please try again.") : /** @type {Error} */ (error).message;
    }
    this.#busy = false;
    this.plan();
  }
}

customElements.define("farhand-consent", Consent);
