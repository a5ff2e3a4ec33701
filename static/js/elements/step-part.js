/** What can be done with the current step, on either side: done, problem, skip, and undo. */

import { inLanguage, language, t } from "../model/language.js";
import { forget, recall, remember } from "../model/memory.js";
import { Part } from "./part.js";
import { h } from "./view.js";

/** @typedef {import("../model/room.js").Step} Step */
/** @typedef {"problem" | "skipped"} Noted */

/** A second tap meant for the step before must not mark the next one. */
const SETTLE_MS = 700;
const UNDO_MS = 8_000;
const NOTE_LIMIT = 2_000;

export class StepPart extends Part {
  /**
   * Which note is being written.
   * @type {Noted | null}
   */
  noting = null;
  /** @type {{step: Step, word: string} | null} */
  undoable = null;
  sending = false;
  #shown = "";
  #settled = 0;
  #undoTimer = 0;

  /** Whether Done, Problem and Skip may be pressed now. */
  get ready() {
    return !this.sending && performance.now() >= this.#settled;
  }

  redraw() {
    const key = this.call.room.current?.key ?? "";
    if (key !== this.#shown) {
      this.#shown = key;
      this.noting = null;
      this.#settled = performance.now() + SETTLE_MS;
      setTimeout(this.plan, SETTLE_MS);
    }
    super.redraw();
  }

  // Actions

  done = () => this.#mark("done", "");

  /** @param {Noted} kind */
  note(kind) {
    if (!this.call.room.current || !this.ready) return;
    this.noting = this.noting === kind ? null : kind;
    this.plan();
    if (this.noting) queueMicrotask(() => this.querySelector("textarea")?.focus());
  }

  undo = () => {
    const marked = this.undoable;
    this.#offerUndo(null);
    if (marked) this.call.mark(marked.step.key, "reopened");
  };

  // Pieces of both sides' views

  /**
   * The text of a problem, or the reason of a skip.
   * @param {Step} step
   */
  noteForm(step) {
    const problem = this.noting === "problem";
    const draft = `note.${step.key}`;
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const text = this.querySelector("textarea")?.value.trim() ?? "";
      if (text && (await this.#mark(problem ? "problem" : "skipped", text))) forget(draft);
    };
    const input = (/** @type {Event} */ event) => {
      remember(draft, /** @type {HTMLTextAreaElement} */ (event.target).value);
      this.plan();
    };
    const text = recall(draft) ?? "";
    const escape = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") this.note(problem ? "problem" : "skipped");
    };
    return h(
      "form",
      { key: "note", class: "note field", onsubmit: submit, onkeydown: escape },
      h("label", { for: "note" }, problem ? t("What is wrong?") : t("Why is this step skipped?")),
      h("textarea", { id: "note", class: "input", rows: 2, maxlength: NOTE_LIMIT, required: "", value: text, oninput: input }),
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", class: "btn", onclick: () => this.note(problem ? "problem" : "skipped") }, t("Back")),
        h("button", { type: "submit", class: "btn next grow", disabled: !text.trim() || this.sending },
          problem ? t("Report the problem") : t("Skip this step")),
      ),
    );
  }

  /**
   * A problem that has been reported and keeps the step open.
   * @param {Step} step
   */
  reported(step) {
    return (
      step.mark?.mark === "problem" &&
      h("p", { class: "step-problem" }, h("b", {}, t("Problem reported:")), " ", step.mark.note)
    );
  }

  undoBar() {
    return (
      this.undoable &&
      h(
        "div",
        { key: "undo", class: "undo row", role: "status" },
        h("span", { class: "grow" }, this.undoable.word),
        h("button", { type: "button", class: "btn quiet", onclick: this.undo }, h("farhand-icon", { name: "undo" }), t("Undo")),
      )
    );
  }

  // Private

  /** @param {"done" | Noted} mark @param {string} note */
  async #mark(mark, note) {
    const step = this.call.room.current;
    if (!step || !this.ready) return false;
    this.sending = true;
    this.plan();
    const marked = await this.call.mark(step.key, mark, note);
    this.sending = false;
    if (marked) this.noting = null;
    if (marked) this.#offerUndo({ step, word: markedSentence(step.number, mark) });
    this.plan();
    return marked;
  }

  /** @param {{step: Step, word: string} | null} undoable */
  #offerUndo(undoable) {
    clearTimeout(this.#undoTimer);
    this.undoable = undoable;
    if (undoable) this.#undoTimer = setTimeout(() => this.#offerUndo(null), UNDO_MS);
    this.plan();
  }
}

/** @param {number} number @param {"done" | Noted} mark */
function markedSentence(number, mark) {
  if (mark === "done") return t("Step {number} is done.", { number });
  return mark === "problem"
    ? t("Step {number}: problem reported.", { number })
    : t("Step {number} is skipped.", { number });
}

/**
 * A step's text in another language than the page's.
 * @param {import("../messages.js").Words | null} words
 * @param {string} code
 */
export function foreign(words, code) {
  const text = inLanguage(words, code);
  return code === language.code || text === inLanguage(words) ? "" : text;
}
