/** A short sign on the customer's screen that a photo was taken, or the question for one. */

import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

const SHOWN_MS = 3_000;
const ASKED_MS = 60_000;

export class PhotoSign extends Part {
  static ticking = true;

  view() {
    const news = this.call.photos?.news;
    const span = news?.what === "wanted" ? ASKED_MS : SHOWN_MS;
    const shown = news && performance.now() - news.at < span;
    return h("div", { role: "status", class: "photo-sign-place" },
      shown && h("div", { class: "photo-sign" },
        h("farhand-icon", { name: "photo" }),
        h("p", {}, sentence(news)),
        news.what === "wanted" && this.#choice()));
  }

  #choice() {
    const answer = (/** @type {boolean} */ yes) => this.call.photos?.answer(yes);
    return [
      h("button", { key: "no", type: "button", class: "btn", onclick: () => answer(false) }, t("Not now")),
      h("button", { key: "yes", type: "button", class: "btn next", onclick: () => answer(true) }, t("Take a photo")),
    ];
  }
}

/** @param {import("../model/photos.js").News} news */
function sentence({ what, by }) {
  if (what === "wanted") return t("{name} asks for a photo.", { name: by });
  if (what === "full") return t("This phone cannot hold more photos. Wait until some are sent.");
  if (what === "failed") return t("The photo did not work. Is the camera on?");
  return by ? t("Photo taken for {name}", { name: by }) : t("Photo taken");
}

customElements.define("farhand-photo-sign", PhotoSign);
