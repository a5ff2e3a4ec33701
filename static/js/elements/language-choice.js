/** The language of the page, changed at once. */

import { language, t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class LanguageChoice extends Part {
  view() {
    const change = (/** @type {Event} */ event) => language.use(/** @type {HTMLSelectElement} */ (event.target).value);
    return h(
      "label",
      { class: "language" },
      h("farhand-icon", { name: "language" }),
      h("span", { class: "hidden-visually" }, t("Language")),
      h("select", { onchange: change }, (this.call.page.languages ?? []).map(({ code, name }) =>
        h("option", { key: code, value: code, lang: code, selected: code === language.code }, name))),
    );
  }
}

customElements.define("farhand-language", LanguageChoice);
