/** The invitation as a link to show, copy or send, in the language of the person invited. */

import { language, t } from "../model/language.js";
import { post } from "../model/page.js";
import "./copy.js";
import { Pop } from "./pop.js";
import { h } from "./view.js";

/** @typedef {{id: string, url: string, qr: string, sms: string, mailto: string,
 *   expires_at: string}} Invitation */

const LANGUAGES = [
  { code: "en", name: "English" },
  { code: "zh", name: "中文" },
  { code: "ko", name: "한국어" },
];

export class Invite extends Pop {
  /** @type {Invitation | null} */
  #made = null;
  #busy = false;
  #error = "";
  #name = "";
  #code = "";

  heading() {
    return this.#made ? t("Send this link") : t("Invite somebody");
  }

  body() {
    return this.#made ? this.#link(this.#made) : this.#form();
  }

  #form() {
    const languages = this.call.page.languages ?? LANGUAGES;
    const name = (/** @type {Event} */ event) => (this.#name = /** @type {HTMLInputElement} */ (event.target).value);
    const code = (/** @type {Event} */ event) => (this.#code = /** @type {HTMLSelectElement} */ (event.target).value);
    this.#code ||= this.call.room.customer?.language ?? language.code;
    return h(
      "form",
      { class: "stack", onsubmit: (/** @type {Event} */ event) => this.#make(event) },
      h("div", { class: "field" },
        h("label", { for: "invite-name" }, t("Name")),
        h("input", { id: "invite-name", class: "input", required: "", maxlength: 80, autocomplete: "off", value: this.#name, oninput: name })),
      h("div", { class: "field" },
        h("label", { for: "invite-language" }, t("Language")),
        h("select", { id: "invite-language", class: "input", onchange: code },
          languages.map((each) => h("option", { key: each.code, value: each.code, lang: each.code, selected: each.code === this.#code }, each.name)))),
      this.#error && h("p", { class: "banner bad", role: "alert" }, this.#error),
      h("button", { type: "submit", class: "btn next large", disabled: this.#busy }, t("Make the link")),
    );
  }

  /** @param {Invitation} made */
  #link(made) {
    const again = () => {
      this.#made = null;
      this.#name = "";
      this.plan();
    };
    return [
      h("p", { class: "soft" }, t("{name} opens it in the phone's browser. Nothing to install.", { name: this.#name })),
      h("div", { class: "qr" }, h("img", { src: made.qr, alt: t("QR code of the link"), width: 240, height: 240 })),
      h("farhand-copy", { text: made.url }),
      h("div", { class: "row wrap" },
        h("a", { class: "btn grow", href: made.sms }, h("farhand-icon", { name: "message" }), t("Text message")),
        h("a", { class: "btn grow", href: made.mailto }, h("farhand-icon", { name: "mail" }), t("E-mail"))),
      h("p", { class: "small soft" }, t("Valid until {time}.", { time: moment(made.expires_at) })),
      h("button", { type: "button", class: "btn link", onclick: again }, t("Invite another person")),
    ];
  }

  /** @param {Event} event */
  async #make(event) {
    event.preventDefault();
    if (this.#busy) return;
    this.#busy = true;
    this.#error = "";
    this.plan();
    try {
      const body = { name: this.#name.trim(), language: this.#code };
      this.#made = await post(this.call.page.invite_url ?? "", body);
    } catch (error) {
      this.#error = error instanceof TypeError ? t("The server cannot be reached. Please try again.") : /** @type {Error} */ (error).message;
    }
    this.#busy = false;
    this.plan();
  }
}

/** @param {string} at ISO 8601 */
function moment(at) {
  const style = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  return new Intl.DateTimeFormat(language.code, /** @type {Intl.DateTimeFormatOptions} */ (style)).format(new Date(at));
}

customElements.define("farhand-invite", Invite);
