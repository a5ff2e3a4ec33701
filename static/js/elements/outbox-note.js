/** What waits on this phone to be sent, and that it has been. */

import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

/** What is gone sooner than this is not worth a word. */
const HICCUP_MS = 1_200;
const SENT_MS = 4_000;

export class OutboxNote extends Part {
  static ticking = true;
  #since = 0;
  #told = false;
  #sentAt = -Infinity;

  view() {
    const count = this.#count;
    const now = performance.now();
    if (count) this.#since ||= now;
    else if (this.#since) this.#empty(now);
    const late = count > 0 && now - this.#since >= HICCUP_MS;
    this.#told ||= late;
    return h("div", { role: "status", class: "outbox-place" },
      late && h("div", { key: "waits", class: "outbox-note" },
        h("farhand-icon", { name: "wait" }),
        h("p", {}, this.#sentence(), " ", h("b", {}, t("Waiting: {count}", { count })))),
      !count && now - this.#sentAt < SENT_MS && h("div", { key: "sent", class: "outbox-note sent" },
        h("farhand-icon", { name: "check" }), h("p", {}, t("Everything has been sent."))));
  }

  /** The timer's photos come and go of themselves. */
  get #count() {
    const waiting = this.call.outbox?.waiting ?? [];
    return waiting.filter((record) => record.kind === "mark" || record.reason !== "timer").length;
  }

  #sentence() {
    const { safe, stuck } = this.call.outbox ?? {};
    if (!stuck) return t("Being sent…");
    return safe
      ? t("Saved on this phone. It is sent as soon as there is a connection.")
      : t("This browser cannot save it: keep this page open. It is sent as soon as there is a connection.");
  }

  /** @param {number} now */
  #empty(now) {
    if (this.#told) this.#sentAt = now;
    this.#since = 0;
    this.#told = false;
  }
}

customElements.define("farhand-outbox", OutboxNote);
