/** The current step in the engineer's console, in the engineer's language and the customer's. */

import { inLanguage, language, t } from "../model/language.js";
import "./icon.js";
import { foreign, StepPart } from "./step-part.js";
import { h } from "./view.js";

/** @typedef {import("../model/room.js").Step} Step */

export class StepNow extends StepPart {
  view() {
    const { room } = this.call;
    const { steps, current } = room;
    if (!steps.length) return null;
    return h(
      "section",
      { class: "now", "aria-label": t("Current step") },
      this.undoBar(),
      current ? this.#step(current, steps.length) : this.#finished(),
    );
  }

  /** The customer's language, also while the customer is not here. */
  get theirs() {
    const people = this.call.room.state?.participants ?? [];
    return people.find(({ role }) => role === "customer")?.language ?? this.call.page.site_language ?? language.code;
  }

  /** @param {Step} step @param {number} count */
  #step(step, count) {
    return [
      h(
        "div",
        { class: "row" },
        h("span", { class: "tag" }, t("Step {number} of {count}", { number: step.number, count })),
        step.safety && h("span", { class: "tag soon" }, t("Safety")),
        h("span", { class: "grow" }),
        h("span", { class: "small soft" }, t("about {minutes} min", { minutes: step.minutes })),
      ),
      h("p", { class: "step-title" }, inLanguage(step.title)),
      this.reported(step),
      this.noting ? this.noteForm(step) : [this.#text(step), this.#buttons()],
    ];
  }

  /** @param {Step} step */
  #text(step) {
    const { theirs } = this;
    return [
      step.unsafe && h("p", { class: "step-unsafe" }, h("farhand-icon", { name: "problem" }), h("span", {}, inLanguage(step.unsafe))),
      h("p", {}, inLanguage(step.text)),
      foreign(step.text, theirs) && h("p", { class: "soft", lang: theirs }, foreign(step.text, theirs)),
      step.expected && h("p", { class: "step-expected" }, h("farhand-icon", { name: "check" }), h("span", {}, inLanguage(step.expected))),
    ];
  }

  #buttons() {
    const disabled = !this.ready;
    return h(
      "div",
      { class: "row now-buttons" },
      h("button", { key: "problem", type: "button", class: "btn", disabled, onclick: () => this.note("problem"), "aria-keyshortcuts": "p" },
        t("Problem"), h("kbd", { "aria-hidden": "true" }, "P")),
      h("button", { key: "skip", type: "button", class: "btn", disabled, onclick: () => this.note("skipped"), "aria-keyshortcuts": "s" },
        t("Skip…"), h("kbd", { "aria-hidden": "true" }, "S")),
      h("span", { class: "grow" }),
      h("button", { key: "done", type: "button", class: "btn next", disabled, onclick: this.done, "aria-keyshortcuts": "d" },
        t("Done"), h("kbd", { "aria-hidden": "true" }, "D")),
    );
  }

  #finished() {
    return [
      h("p", { class: "step-title" }, t("All steps are finished.")),
      h("p", { class: "soft" }, t("Look over the list, reopen a step if need be, then end the session.")),
    ];
  }
}

customElements.define("farhand-step-now", StepNow);
