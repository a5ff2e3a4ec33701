/** The current step on the customer's phone: what to do, what to see, and Done under the thumb. */

import { inLanguage, t } from "../model/language.js";
import "./icon.js";
import { StepPart } from "./step-part.js";
import { h } from "./view.js";

/** @typedef {import("../model/room.js").Step} Step */

export class StepSheet extends StepPart {
  folded = false;

  view() {
    const { room } = this.call;
    const { steps, current } = room;
    if (!steps.length) return this.undoBar() || null;
    const passed = steps.filter(({ mark }) => mark).length;
    return h(
      "section",
      { class: "step", "aria-label": t("Current step") },
      this.undoBar() || h(
        "div",
        { key: "where", class: "row" },
        h("span", { class: "tag" }, current
          ? t("Step {number} of {count}", { number: current.number, count: steps.length })
          : t("{count} steps", { count: steps.length })),
        current?.safety && h("span", { class: "tag soon" }, t("Safety")),
        h("span", { class: "grow" }),
        current && this.#fold(),
      ),
      h("div", { class: "step-progress", role: "progressbar", "aria-label": t("Progress"), "aria-valuenow": passed, "aria-valuemin": 0, "aria-valuemax": steps.length },
        h("i", { style: { width: `${(100 * passed) / steps.length}%` } })),
      current ? this.#step(current) : h("p", { class: "step-title" }, t("All steps are finished. Thank you!")),
    );
  }

  /** @param {Step} step */
  #step(step) {
    return [
      h("p", { class: "step-title" }, inLanguage(step.title)),
      !this.folded && !this.noting &&
        h(
          "div",
          { class: "step-text", tabindex: 0, key: step.key },
          step.unsafe && h("p", { class: "step-unsafe" }, h("farhand-icon", { name: "problem" }), h("span", {}, inLanguage(step.unsafe))),
          this.reported(step),
          h("p", {}, inLanguage(step.text)),
          step.expected && h("p", { class: "step-expected" }, h("farhand-icon", { name: "check" }), h("span", {}, inLanguage(step.expected))),
        ),
      this.noting ? this.noteForm(step) : this.#buttons(),
    ];
  }

  #buttons() {
    const disabled = !this.ready;
    return h(
      "div",
      { class: "step-buttons" },
      h("button", { key: "problem", type: "button", class: "big", disabled, onclick: () => this.note("problem") }, t("Problem")),
      h("button", { key: "skip", type: "button", class: "big", disabled, onclick: () => this.note("skipped") }, t("Skip")),
      h("button", { key: "done", type: "button", class: "big yes", disabled, onclick: this.done }, t("Done")),
    );
  }

  #fold() {
    const fold = () => {
      this.folded = !this.folded;
      this.plan();
    };
    return h(
      "button",
      { type: "button", class: "btn quiet bare", "aria-expanded": !this.folded, onclick: fold,
        "aria-label": this.folded ? t("Show the whole step") : t("Show more of the picture") },
      h("farhand-icon", { name: this.folded ? "up" : "down" }),
    );
  }
}

customElements.define("farhand-step-sheet", StepSheet);
