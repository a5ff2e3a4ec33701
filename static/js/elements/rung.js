/** What a line carries when it does not carry everything: a word, and why and how much on a tap. */

import { t } from "../model/language.js";
import "./icon.js";
import { lineFigures } from "./line-chip.js";
import { Part } from "./part.js";
import { h } from "./view.js";

/** @typedef {import("../messages.js").Participant} Participant */
/** @typedef {import("../messages.js").Rung} Rung */

export class RungChip extends Part {
  /** A participant's id, or "me". */
  who = "me";
  #open = false;

  view() {
    const { room } = this.call;
    const person = this.who === "me" ? room.own : room.person(this.who);
    if (!person || person.rung === "full" || person.presence !== "in") return null;
    const line = room.lines[person.id];
    const toggle = () => {
      this.#open = !this.#open;
      this.plan();
    };
    return [
      h("button", { key: "chip", type: "button", class: "chip rung", "aria-expanded": `${this.#open}`, onclick: toggle },
        h("farhand-icon", { name: "down" }), h("span", {}, rungWord(person.rung))),
      this.#open && h("div", { key: "why", class: "rung-why" },
        h("p", {}, rungSentence(person, this.who === "me")),
        h("p", { class: "soft" }, [reasonSentence(person), line && t("Sent just now: {figures}", { figures: lineFigures(line) })].filter(Boolean).join(" "))),
    ];
  }
}

/** @param {Rung} rung */
function rungWord(rung) {
  if (rung === "low") return t("Small picture");
  return rung === "stills" ? t("Photos only") : t("Voice only");
}

/** @param {Participant} person @param {boolean} mine */
export function rungSentence({ rung, rung_reason, name }, mine) {
  if (rung === "full") return mine ? t("The signal is good again.") : t("{name}'s line is good again.", { name });
  if (mine && rung_reason !== "listener") {
    if (rung === "low") return t("Weak signal: a smaller picture is sent.");
    return rung === "stills"
      ? t("Weak signal: photos instead of video.")
      : t("Very weak signal: only the voice is sent. Photos wait on this device.");
  }
  if (mine) {
    return rung === "low"
      ? t("Somebody else's line is weak: a smaller picture is sent.")
      : t("Somebody else's line is weak: photos instead of video.");
  }
  if (rung === "low") return t("{name}'s line is weak: a smaller picture.", { name });
  return rung === "stills"
    ? t("{name}'s line is weak: photos instead of video.", { name })
    : t("{name}'s line is very weak: only the voice comes through.", { name });
}

/** @param {Participant} person */
function reasonSentence({ rung_reason }) {
  switch (rung_reason) {
    case "bandwidth":
      return t("The line carries little.");
    case "loss":
      return t("Much is lost on the way.");
    case "delay":
      return t("The line is slow to answer.");
    case "listener":
      return t("Somebody who watches has a weak line.");
    default:
      return "";
  }
}

customElements.define("farhand-rung", RungChip);
