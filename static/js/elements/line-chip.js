/** How good a line is, in a word; the engineer sees the figures too. */

import { language, t } from "../model/language.js";
import { gradeOf } from "../model/line.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

/** @typedef {import("../messages.js").Line} Line */

export class LineChip extends Part {
  static ticking = true;
  /** A participant's id, or "me". */
  who = "me";
  detailed = false;

  view() {
    const { room, link } = this.call;
    const mine = this.who === "me";
    const person = mine ? room.own : room.person(this.who);
    const line = room.lines[person?.id ?? ""];
    const away = mine ? link !== "good" : person?.presence === "reconnecting";
    const grade = away ? "bad" : gradeOf(line, person);
    const word = away ? t("reconnecting…") : gradeWord(grade);
    const figures = this.detailed && !away && grade !== "good" && line ? ` · ${lineFigures(line)}` : "";
    return h(
      "span",
      { class: `chip line ${grade ?? "unknown"}`, title: line ? lineFigures(line) : "" },
      h("farhand-icon", { name: "signal" }),
      h("span", { class: this.detailed || grade !== "good" ? "" : "hidden-visually" }, this.detailed ? `${mine ? t("You") : person?.name ?? ""}: ${word}${figures}` : word),
    );
  }
}

/** @param {import("../model/line.js").Grade | null} grade */
export function gradeWord(grade) {
  if (grade === "good") return t("Good line");
  if (grade === "weak") return t("Weak line");
  return grade === "bad" ? t("Very weak line") : t("Measuring…");
}

/**
 * "320 kbit/s, 4 % lost, 84 ms".
 * @param {Line} line
 */
export function lineFigures(line) {
  const whole = new Intl.NumberFormat(language.code, { maximumFractionDigits: 0 });
  return t("{rate} kbit/s, {loss} % lost, {delay} ms", {
    rate: whole.format(line.up_bps / 1_000),
    loss: whole.format(Math.max(line.up_loss, line.down_loss) * 100),
    delay: line.round_trip_ms === null ? "–" : whole.format(line.round_trip_ms),
  });
}

customElements.define("farhand-line", LineChip);
