/** All steps with their marks and times; without a checklist, the procedures to choose from. */

import { timeIn } from "../model/clock.js";
import { inLanguage, t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

/** @typedef {import("../model/room.js").Step} Step */

/** @type {Record<string, string>} */
const SIGNS = { done: "check", problem: "problem", skipped: "skip" };

export class StepList extends Part {
  #attaching = "";
  #shown = "";

  view() {
    const { room, page } = this.call;
    if (room.steps.length) {
      return h("ol", { class: "steps" }, room.steps.map((step) => this.#step(step)));
    }
    if (room.state?.checklist || !room.state) return null;
    return h(
      "section",
      { class: "attach stack" },
      h("h2", {}, t("Choose a procedure")),
      h("p", { class: "soft" }, t("Its steps are shown to both sides, and every mark is kept with its time in the recording.")),
      h("ul", { class: "stack tight plain-list" }, (page.procedures ?? []).map(({ key, title }) =>
        h("li", { key }, h("button", {
          type: "button", class: "btn wide attach-one", disabled: this.#attaching !== "",
          onclick: () => this.#attach(key),
        }, h("span", { class: "grow" }, title), t("Start"))))),
    );
  }

  /** @param {Step} step */
  #step(step) {
    const { room, page } = this.call;
    const current = room.current?.key === step.key;
    const [site] = room.state?.clocks ?? page.clocks;
    const sign = current ? "current" : step.mark?.mark ?? "";
    return h(
      "li",
      { key: step.key, class: current ? "on" : "", "aria-current": current ? "step" : undefined },
      h("span", { class: `n ${sign}`, title: step.mark ? markWord(step.mark.mark) : "" },
        step.mark && !current
          ? h("farhand-icon", { name: SIGNS[step.mark.mark] ?? "check", role: "img", "aria-label": markWord(step.mark.mark) })
          : step.number),
      h("span", { class: "step-name" }, inLanguage(step.title),
        step.mark?.note && h("span", { class: "small soft" }, step.mark.note)),
      step.mark && h("button", {
        type: "button", class: "btn quiet bare reopen",
        "aria-label": t("Reopen step {number}", { number: step.number }), title: t("Reopen step {number}", { number: step.number }),
        onclick: () => this.call.mark(step.key, "reopened"),
      }, h("farhand-icon", { name: "undo" })),
      h("span", { class: "small soft" }, this.#when(step, current, site?.zone ?? "UTC")),
    );
  }

  /** @param {Step} step @param {boolean} current @param {string} zone */
  #when(step, current, zone) {
    if (step.mark) return timeIn(zone, Date.parse(step.mark.at));
    return current ? t("now") : "";
  }

  /** The current step is brought into view when it changes, not while somebody scrolls. */
  redraw() {
    super.redraw();
    const key = this.call.room.current?.key ?? "";
    if (key === this.#shown) return;
    this.#shown = key;
    this.querySelector("li.on")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {string} key */
  async #attach(key) {
    this.#attaching = key;
    this.plan();
    await this.call.attach(key);
    this.#attaching = "";
    this.plan();
  }
}

/** @param {import("../messages.js").Mark} mark */
function markWord(mark) {
  if (mark === "done") return t("done");
  if (mark === "problem") return t("problem");
  return mark === "skipped" ? t("skipped") : t("reopened");
}

customElements.define("farhand-step-list", StepList);
