/** Camera, microphone and loudspeaker, tried in a few seconds before joining. */

import { t } from "../model/language.js";
import { Meter } from "../model/meter.js";
import { chime } from "../model/sounds.js";
import { cameraTrouble, microphoneTrouble } from "../model/trouble.js";
import "./hand-over.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class Check extends Part {
  meter = new Meter();
  #playing = false;
  /** @type {MediaStreamTrack | null} */
  #measured = null;

  sources() {
    return [this.call.devices];
  }

  connectedCallback() {
    super.connectedCallback();
    this.meter.addEventListener("change", this.#showLevel);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.meter.removeEventListener("change", this.#showLevel);
    this.meter.stop();
  }

  redraw() {
    const { track } = this.call.devices.microphone;
    if (track !== this.#measured) this.meter.watch((this.#measured = track));
    super.redraw();
  }

  view() {
    const { camera, asking, slow } = this.call.devices;
    const missing = slow || (!asking && camera.trouble !== null);
    return h("div", { class: "check" }, this.#picture(),
      missing && h("farhand-hand-over", { key: "other", call: this.call }), this.#voice(), this.#speaker());
  }

  #picture() {
    const { devices } = this.call;
    const { camera } = devices;
    return h(
      "div",
      { class: "check-picture" },
      h("video", {
        muted: true, autoplay: true, playsInline: true, srcObject: camera.stream, hidden: !camera.on,
        class: camera.mirrored ? "mirrored" : "", "aria-label": t("Your camera's picture"),
      }),
      !camera.on && h("div", { class: "check-none", role: "status" },
        h("farhand-icon", { name: devices.asking ? "camera" : "camera-off" }),
        h("p", {}, devices.asking ? t("Please allow the camera and the microphone.") : this.#trouble() || t("The camera is off.")),
        devices.slow && h("p", { class: "soft" }, t("If your browser does not ask, open the link in Chrome, Safari or Samsung Internet instead.")),
        !devices.asking && camera.trouble !== "absent" &&
          h("button", { type: "button", class: "btn", onclick: () => devices.retry() }, t("Try again"))),
      camera.on && camera.count > 1 &&
        h("button", { type: "button", class: "btn check-turn", onclick: () => camera.turn(), "aria-label": t("Switch to the other camera") },
          h("farhand-icon", { name: "turn" }), t("Switch")),
    );
  }

  /** Both are usually blocked together: one sentence and one button do for both. */
  get #bothBlocked() {
    const { camera, microphone } = this.call.devices;
    return camera.trouble === "denied" && microphone.trouble === "denied";
  }

  #trouble() {
    return this.#bothBlocked
      ? t("The camera and the microphone are blocked for this page. Tap the sign beside the address, allow both, then try again.")
      : cameraTrouble(this.call.devices.camera.trouble);
  }

  #voice() {
    const { microphone, asking } = this.call.devices;
    const trouble = this.#bothBlocked ? t("The microphone is blocked.") : microphoneTrouble(microphone.trouble);
    return h(
      "div",
      { class: "check-row" },
      h("farhand-icon", { name: trouble ? "mic-off" : "mic" }),
      trouble
        ? h("p", { class: "grow", role: "status" }, trouble)
        : h("div", { class: "grow" },
            h("p", {}, this.meter.heard ? t("Your microphone works.") : asking ? t("Microphone") : t("Say something: the bar moves.")),
            h("div", { class: "meter", role: "img", "aria-label": this.meter.heard ? t("Your microphone works.") : t("Microphone level") }, h("i", {}))),
      trouble && microphone.trouble !== "absent" && !this.#bothBlocked &&
        h("button", { type: "button", class: "btn", onclick: () => microphone.open() }, t("Try again")),
    );
  }

  #speaker() {
    return h(
      "div",
      { class: "check-row" },
      h("farhand-icon", { name: "sound" }),
      h("p", { class: "grow" }, t("Can you hear this phone?")),
      h("button", { type: "button", class: "btn", disabled: this.#playing, onclick: () => this.#chime() },
        this.#playing ? t("Playing…") : t("Play test sound")),
    );
  }

  #showLevel = () => {
    const bar = /** @type {HTMLElement | null} */ (this.querySelector(".meter i"));
    bar?.style.setProperty("scale", `${this.meter.level.toFixed(3)} 1`);
    if (this.meter.heard && bar?.dataset.heard !== "1" && bar) {
      bar.dataset.heard = "1";
      this.plan();
    }
  };

  async #chime() {
    this.#playing = true;
    this.plan();
    await chime();
    this.#playing = false;
    this.plan();
  }
}

customElements.define("farhand-check", Check);
