/** The one thing to know just now about the connection or the devices, and what to do about it. */

import { t } from "../model/language.js";
import { cameraTrouble, microphoneTrouble } from "../model/trouble.js";
import { Part } from "./part.js";
import { RungNews } from "./rung-news.js";
import { h } from "./view.js";

/** A hiccup shorter than this is not worth a word. */
const HICCUP_MS = 1_200;

/** @typedef {{tone: string, text: string, action?: {label: string, act: () => void}}} News */

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
    const news = this.#connection() ?? this.#refused() ?? this.#devices()
      ?? (rung ? { tone: "info", text: rung } : this.#people());
    return h(
      "div",
      { role: "status", class: "banner-place" },
      news &&
        h(
          "div",
          { class: `banner ${news.tone}` },
          h("p", { class: "grow" }, news.text),
          news.action &&
            h("button", { type: "button", class: "btn", onclick: news.action.act }, news.action.label),
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

  /** @returns {News | null} */
  #devices() {
    const { camera, microphone } = this.call.devices;
    if (microphone.trouble) {
      return { tone: "warn", text: microphoneTrouble(microphone.trouble), action: this.#again() };
    }
    if (!camera.trouble || !camera.wanted) return null;
    const back = camera.trouble === "lost" || camera.trouble === "interrupted";
    const label = back ? t("Camera back") : t("Try again");
    const action = camera.trouble === "absent" ? undefined : { label, act: () => camera.open() };
    return { tone: "warn", text: cameraTrouble(camera.trouble), action };
  }

  #again() {
    return { label: t("Try again"), act: () => this.call.devices.retry() };
  }

  /** @returns {News | null} */
  #people() {
    const { room, page, awake } = this.call;
    const away = room.others.find(({ presence }) => presence === "reconnecting");
    if (away) {
      return { tone: "info", text: t("{name} has lost the connection. The call waits.", { name: away.name }) };
    }
    if (page.side === "guest" && awake.refused) {
      return { tone: "info", text: t("This phone may switch its screen off. Touch it now and then.") };
    }
    return null;
  }
}

customElements.define("farhand-banner", Banner);
