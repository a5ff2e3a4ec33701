/** A photo large, over the console: arrows lead to the one before and after, Escape back. */

import { t } from "../model/language.js";
import "./icon.js";
import { photoName } from "./photo-name.js";
import { Pop } from "./pop.js";
import { h } from "./view.js";

export class PhotoPop extends Pop {
  #id = "";

  /** @param {string} id */
  open(id) {
    this.#id = id;
    this.show();
  }

  heading() {
    const photo = this.#photo;
    return photo ? photoName(this.call, photo) : t("Photos");
  }

  body() {
    const photo = this.#photo;
    if (!photo) return null;
    const { photos } = this;
    const place = photos.indexOf(photo);
    return h("figure", { class: "photo-large" },
      h("img", { src: photo.url, alt: this.heading(), width: photo.width, height: photo.height }),
      h("figcaption", { class: "row" },
        this.#turn(-1, t("Photo before"), place > 0),
        h("span", { class: "grow soft" }, `${place + 1} / ${photos.length}`),
        h("a", { class: "btn quiet", href: photo.url, target: "_blank", rel: "noopener" }, t("Full size")),
        this.#turn(1, t("Photo after"), place < photos.length - 1)));
  }

  get photos() {
    return this.call.room.state?.photos ?? [];
  }

  get #photo() {
    return this.photos.find(({ id }) => id === this.#id);
  }

  redraw() {
    super.redraw();
    if (this.dialog) this.dialog.onkeydown = this.#key;
  }

  /** @param {number} way @param {string} label @param {boolean} possible */
  #turn(way, label, possible) {
    return h("button", {
      key: label, type: "button", class: "btn bare", disabled: !possible, "aria-label": label, onclick: () => this.#go(way),
    }, h("farhand-icon", { name: way < 0 ? "back" : "next" }));
  }

  /** @param {KeyboardEvent} event */
  #key = (event) => {
    if (event.key === "ArrowLeft") this.#go(-1);
    if (event.key === "ArrowRight") this.#go(1);
  };

  /** @param {number} way */
  #go(way) {
    const to = this.photos[this.photos.findIndex(({ id }) => id === this.#id) + way];
    if (!to) return;
    this.#id = to.id;
    this.redraw();
  }
}

customElements.define("farhand-photo-pop", PhotoPop);
