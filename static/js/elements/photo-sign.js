/** A short sign on the customer's screen that a photo was taken, and for whom. */

import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

const SHOWN_MS = 3_000;

export class PhotoSign extends Part {
  static ticking = true;

  view() {
    const news = this.call.photos?.news;
    const shown = news && performance.now() - news.at < SHOWN_MS;
    return h("div", { role: "status", class: "photo-sign-place" },
      shown && h("p", { class: "photo-sign" }, h("farhand-icon", { name: "photo" }), sentence(news)));
  }
}

/** @param {import("../model/photos.js").News} news */
function sentence({ what, by }) {
  if (what === "full") return t("This phone cannot hold more photos. Wait until some are sent.");
  if (what === "failed") return t("The photo did not work. Is the camera on?");
  return by ? t("Photo taken for {name}", { name: by }) : t("Photo taken");
}

customElements.define("farhand-photo-sign", PhotoSign);
