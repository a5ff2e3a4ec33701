/** The REC sign: lit only by bytes that reached the disk, otherwise it says what is the case. */

import { clock, elapsed } from "../model/clock.js";
import { whyNotRecorded } from "../model/disk.js";
import { language, t } from "../model/language.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class Rec extends Part {
  static ticking = true;
  /** Show the time and the bytes too? */
  detailed = false;
  /** @type {() => void} */
  open = () => undefined;

  view() {
    const { room } = this.call;
    const { sign } = room;
    return h(
      "button",
      {
        type: "button", class: `chip rec-sign ${sign}`, "data-sign": sign,
        title: signSentence(this.call), onclick: () => this.open(),
      },
      h("span", { class: "dot", "aria-hidden": "true" }),
      h("span", {}, this.word()),
      this.detailed && sign === "lit" && h("span", { class: "proof" }, bytes(room.kept?.bytes ?? 0)),
    );
  }

  word() {
    const { sign, state } = this.call.room;
    if (sign === "lit" && this.detailed && state?.recording.since) {
      return `${t("REC")} ${elapsed(clock.since(state.recording.since))}`;
    }
    if (sign === "lit") return t("REC");
    if (sign === "starting") return t("Starting to record…");
    return sign === "stopped" ? t("Recording stopped") : t("Not recorded");
  }
}

/**
 * What is recorded at this moment, as a sentence.
 * @param {import("../model/call.js").Call} call
 */
export function signSentence({ room }) {
  const name = room.person(room.state?.recording.by)?.name ?? "";
  switch (room.sign) {
    case "lit":
      return t("This call is being recorded. {bytes} are safely stored.", { bytes: bytes(room.kept?.bytes ?? 0) });
    case "starting":
      return t("The recording is starting.");
    case "stopped":
      return t("Nothing has reached the recording for some seconds. The call goes on.");
    case "refused":
      return name
        ? t("This call is not recorded, because {name} has not agreed.", { name })
        : t("This call is not recorded, because not everybody has agreed.");
    case "unavailable":
      return whyNotRecorded(room.state?.recording.why) || t("Recording is not possible at the moment. The call goes on without it.");
    default:
      return t("This call is not being recorded.");
  }
}

/**
 * "12.4 MB".
 * @param {number} count
 */
export function bytes(count) {
  const style = { style: "unit", unit: "megabyte", minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(language.code, /** @type {Intl.NumberFormatOptions} */ (style)).format(count / 1e6);
}

customElements.define("farhand-rec", Rec);
