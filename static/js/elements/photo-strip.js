/** The newest photos of the call in a row, the last one first; each opens large. */

import { timeIn } from "../model/clock.js";
import { t } from "../model/language.js";
import { Part } from "./part.js";
import { photoName } from "./photo-name.js";
import { h } from "./view.js";

export class PhotoStrip extends Part {
  /** @type {(id: string) => void} */
  open = () => undefined;

  view() {
    const { room, page } = this.call;
    const photos = [...(room.state?.photos ?? [])].reverse();
    if (!photos.length) return null;
    const [site] = room.state?.clocks ?? page.clocks;
    return h("section", { class: "photo-strip", "aria-label": t("Photos") },
      h("ul", { class: "plain-list" }, photos.map((photo) =>
        h("li", { key: photo.id }, h("button", {
          type: "button", "aria-label": photoName(this.call, photo), onclick: () => this.open(photo.id),
        },
        h("img", { src: photo.url, alt: "", loading: "lazy", decoding: "async", width: 96, height: 72 }),
        h("span", { class: "small", "aria-hidden": "true" }, timeIn(site?.zone ?? "UTC", Date.parse(photo.taken_at))))))));
  }
}

customElements.define("farhand-photo-strip", PhotoStrip);
