/** Does the engineer hear me? */

import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class Heard extends Part {
  sources() {
    return [this.call.devices, this.call.queue];
  }

  view() {
    const { word, icon, tone } = this.#state();
    return h("span", { class: `chip heard ${tone}` }, h("farhand-icon", { name: icon }), h("span", { class: "clip" }, word));
  }

  #state() {
    const { room, devices, link, queue } = this.call;
    const { engineer } = room;
    if (devices.microphone.trouble) return { word: t("No microphone"), icon: "mic-off", tone: "weak" };
    if (!devices.microphone.on) return { word: t("You are muted"), icon: "mic-off", tone: "weak" };
    if (!engineer) return { word: t("Engineer not here"), icon: "wait", tone: "" };
    const name = engineer.name;
    const hears = link === "good" && engineer.presence === "in" && queue.place === 0;
    return hears
      ? { word: t("{name} hears you", { name }), icon: "mic", tone: "" }
      : { word: t("{name} does not hear you now", { name }), icon: "mic-off", tone: "weak" };
  }
}

customElements.define("farhand-heard", Heard);
