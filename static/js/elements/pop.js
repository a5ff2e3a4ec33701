/** A small window over the page, closed by Escape, by its cross, or by a tap beside it. */

import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { draw, h } from "./view.js";

/** @typedef {import("./view.js").Child} Child */

export class Pop extends Part {
  opened = false;

  /** @returns {HTMLDialogElement | null} */
  get dialog() {
    return this.querySelector("dialog");
  }

  show() {
    this.opened = true;
    this.redraw();
    if (!this.dialog?.open) this.dialog?.showModal();
  }

  close() {
    this.dialog?.close();
  }

  heading() {
    return "";
  }

  /** @returns {Child} */
  body() {
    return null;
  }

  redraw() {
    const close = () => this.close();
    const beside = (/** @type {Event} */ event) => {
      if (event.target === this.dialog) this.close();
    };
    const closed = () => {
      this.opened = false;
      this.redraw();
    };
    draw(this, [
      h(
        "dialog",
        { class: "dialog", "aria-label": this.heading(), onclose: closed, onclick: beside },
        this.opened &&
          h(
            "div",
            { class: "stack" },
            h(
              "header",
              { class: "row" },
              h("h2", { class: "grow" }, this.heading()),
              h("button", { type: "button", class: "btn quiet bare", "aria-label": t("Close"), onclick: close },
                h("farhand-icon", { name: "close" })),
            ),
            this.body(),
          ),
      ),
    ]);
  }
}
