/** What the server has to say about the call: no line free yet, not recorded, a disk in trouble, a restart. */

import { timeIn } from "../model/clock.js";
import { DiskWatch, diskSentence, whyNotRecorded } from "../model/disk.js";
import { t } from "../model/language.js";
import { alarm } from "../model/sounds.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

/** A disk that comes and goes is heard only once in a while. */
const QUIET_MS = 60_000;

export class Notices extends Part {
  static ticking = true;
  #disk = new DiskWatch();
  #ringing = false;
  #rangAt = -QUIET_MS;
  /** The reason that the person has read and closed. */
  #read = "";

  sources() {
    return [this.call.queue];
  }

  view() {
    return h("div", { class: "notices" }, this.#alarm(), this.#queue(), this.#notRecorded(), this.#finish());
  }

  /** Only who guides the call can do something about it. */
  #alarm() {
    if (this.call.page.side !== "staff") return null;
    const trouble = this.#disk.look(this.call);
    if (trouble && !this.#ringing) this.#ring();
    this.#ringing = trouble !== null;
    return h("div", { key: "alarm", role: "alert" }, trouble && h("div", { class: "banner bad alarm", "data-trouble": trouble },
      h("farhand-icon", { name: "problem" }),
      h("p", { class: "strong" }, diskSentence(trouble))));
  }

  #queue() {
    const { place } = this.call.queue;
    return h("div", { key: "queue", role: "status" }, place > 0 && h("div", { class: "banner info" },
      h("farhand-icon", { name: "wait" }),
      h("p", {}, h("b", {}, t("All lines are busy.")), " ",
        t("You are number {place}; the call starts by itself.", { place }))));
  }

  #notRecorded() {
    const { recording } = this.call.room.state ?? {};
    const why = whyNotRecorded(recording?.state === "unavailable" ? recording.why : null);
    if (!why) this.#read = "";
    const close = () => {
      this.#read = why;
      this.plan();
    };
    return h("div", { key: "recording", role: "status" }, why && why !== this.#read && h("div", { class: "banner warn" },
      h("farhand-icon", { name: "problem" }),
      h("p", {}, why),
      h("button", { type: "button", class: "btn", onclick: close }, t("Close"))));
  }

  #finish() {
    const { finish_by: by, clocks } = this.call.room.state ?? {};
    const [site] = clocks ?? [];
    return h("div", { key: "finish", role: "status" }, by && site && h("div", { class: "banner info" },
      h("farhand-icon", { name: "wait" }),
      h("p", {}, t("The server will be restarted. This call may go on until {time} ({place}).", {
        time: timeIn(site.zone, Date.parse(by)), place: site.label,
      }))));
  }

  #ring() {
    const now = performance.now();
    if (now - this.#rangAt < QUIET_MS) return;
    this.#rangAt = now;
    alarm();
  }
}

customElements.define("farhand-notices", Notices);
