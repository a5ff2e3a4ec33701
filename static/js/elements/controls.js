/** The customer's controls at the lower edge: microphone, torch, camera, leave. */

import { t } from "../model/language.js";
import { control } from "./control.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class Controls extends Part {
  sources() {
    return [this.call.devices];
  }

  view() {
    const { camera, microphone } = this.call.devices;
    return h(
      "div",
      { class: "controls", role: "toolbar", "aria-label": t("Camera and microphone") },
      control({
        name: "mic", icon: microphone.on ? "mic" : "mic-off", label: microphone.on ? t("Mic") : t("Muted"),
        hint: microphone.on ? t("Mute the microphone") : t("Switch the microphone on"),
        tone: microphone.on ? "" : "warned",
        onclick: () => (microphone.trouble ? microphone.open() : microphone.mute()),
      }),
      camera.canLight &&
        control({
          icon: "torch", label: t("Torch"), pressed: camera.light === "on", tone: camera.light === "on" ? "on" : "",
          onclick: () => camera.shine(),
        }),
      camera.on && control({
        icon: "photo", label: t("Photo"), hint: t("Take a photo"), disabled: this.call.photos?.busy,
        onclick: () => this.call.photos?.take("taken"),
      }),
      camera.on && camera.count > 1 &&
        control({ icon: "turn", label: t("Switch"), hint: t("Switch to the other camera"), onclick: () => camera.turn() }),
      control({
        name: "camera", icon: camera.on ? "camera" : "camera-off", label: camera.on ? t("Camera") : t("Camera off"),
        hint: camera.on ? t("Switch the camera off") : t("Switch the camera on"),
        tone: camera.on ? "" : "warned",
        onclick: () => (camera.on ? camera.close() : camera.open()),
      }),
      control({ icon: "leave", label: t("Leave"), tone: "end", onclick: () => this.call.leave() }),
    );
  }
}

customElements.define("farhand-controls", Controls);
