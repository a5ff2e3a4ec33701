/** The one thing to know just now about the connection or the devices, and what to do about it. */

import { t } from "../model/language.js";
import { ownTrouble, theirTrouble } from "../model/news.js";
import { Part } from "./part.js";
import { RungNews } from "./rung-news.js";
import { h } from "./view.js";

/** A hiccup shorter than this is not worth a word. */
const HICCUP_MS = 1_200;

/** @typedef {import("../model/news.js").News} News */

export class Banner extends Part {
  static ticking = true;
  #badSince = 0;
  /** What the server would not do, until it is closed. */
  #refusal = "";
  #rungs = new RungNews();

  sources() {
    return [this.call.devices];
  }

  connectedCallback() {
    super.connectedCallback();
    this.call.addEventListener("trouble", (event) => {
      const { code, message } = /** @type {CustomEvent} */ (event).detail;
      this.#refusal = code === "offline" ? t("That could not be sent. Please try again.") : message;
      this.plan();
    });
  }

  view() {
    const rung = this.#rungs.tell(this.call.room);
    const news = this.#connection() ?? this.#refused() ?? ownTrouble(this.call.devices) ?? theirTrouble(this.call)
      ?? (rung ? { tone: "info", text: rung } : this.#screen());
    return h(
      "div",
      { role: "status", class: "banner-place" },
      news &&
        h(
          "div",
          { class: `banner ${news.tone}` },
          h("p", {}, news.text),
          news.action &&
            h("button", { type: "button", class: news.tone === "warn" ? "btn next" : "btn", onclick: news.action.act }, news.action.label),
        ),
    );
  }

  /** @returns {News | null} */
  #connection() {
    const { link } = this.call;
    if (link === "good") this.#badSince = 0;
    else this.#badSince ||= performance.now();
    if (link === "offline") {
      return { tone: "warn", text: t("This device has no network. The call goes on by itself as soon as it is back.") };
    }
    if (link === "draining") {
      return { tone: "warn", text: t("The server is restarting. Stay here, the call goes on in a moment.") };
    }
    if (link === "good" || performance.now() - this.#badSince < HICCUP_MS) return null;
    return { tone: "warn", text: t("The connection was lost. Reconnecting…") };
  }

  /** @returns {News | null} */
  #refused() {
    if (!this.#refusal) return null;
    const act = () => {
      this.#refusal = "";
      this.plan();
    };
    return { tone: "bad", text: this.#refusal, action: { label: t("Close"), act } };
  }

  /** Said once. @returns {News | null} */
  #screen() {
    const { page, awake } = this.call;
    if (page.side !== "guest" || !awake.refused) return null;
    const text = t("This phone may switch its screen off. Touch it now and then.");
    return { tone: "info", text, action: { label: t("Close"), act: () => awake.accept() } };
  }
}

customElements.define("farhand-banner", Banner);
