/** Who is in the call: name, role, whether heard and seen, whether they agreed, how their line is. */

import { t } from "../model/language.js";
import { gradeOf } from "../model/line.js";
import { deviceWord } from "../model/news.js";
import "./icon.js";
import { gradeWord, lineFigures } from "./line-chip.js";
import { Part } from "./part.js";
import { h } from "./view.js";

/** @typedef {import("../messages.js").Participant} Participant */

export class People extends Part {
  view() {
    const { room } = this.call;
    const everybody = room.own ? [...room.others, room.own] : room.others;
    return h(
      "section",
      { class: "people", "aria-label": t("In this call") },
      h("h2", {}, t("In this call")),
      h("ul", { class: "plain-list" }, everybody.map((person) => this.#person(person))),
    );
  }

  /** @param {Participant} person */
  #person(person) {
    const { room } = this.call;
    const line = room.lines[person.id];
    const mine = person.id === room.me;
    const words = [roleWord(person.role), deviceWord(person), consentWord(person)].filter(Boolean);
    return h(
      "li",
      { key: person.id, class: "row" },
      h("farhand-icon", { name: person.microphone === "on" ? "mic" : "mic-off" }),
      h("span", { class: "grow" },
        h("b", { class: "clip" }, mine ? t("{name} (you)", { name: person.name }) : person.name),
        h("span", { class: "small soft" }, words.join(" · "))),
      h("span", { class: `small grade ${gradeOf(line, person) ?? ""}`, title: line ? lineFigures(line) : "" },
        person.presence === "reconnecting" ? t("reconnecting…") : gradeWord(gradeOf(line, person))),
    );
  }
}

/** @param {import("../messages.js").Role} role */
function roleWord(role) {
  if (role === "engineer") return t("Engineer");
  if (role === "customer") return t("Customer");
  return role === "interpreter" ? t("Interpreter") : t("Observer");
}

/** @param {Participant} person */
function consentWord({ consent }) {
  if (consent === null) return t("not yet asked about recording");
  return consent ? "" : t("does not agree to recording");
}

customElements.define("farhand-people", People);
