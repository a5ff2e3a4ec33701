/** Before being let in: by whom, since when, and one's own picture meanwhile. */

import { clock, elapsed } from "../model/clock.js";
import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class Lobby extends Part {
  static ticking = true;

  sources() {
    return [this.call.devices];
  }

  view() {
    const { camera, microphone } = this.call.devices;
    const { room, page } = this.call;
    const name = room.lobby?.engineer ?? page.caller?.name ?? t("The engineer");
    const waited = room.lobby ? elapsed(clock.since(room.lobby.since)) : "";
    return h(
      "div",
      { class: "lobby" },
      h("video", {
        muted: true, autoplay: true, playsInline: true, srcObject: camera.stream, hidden: !camera.on,
        class: camera.mirrored ? "mirrored" : "", "aria-hidden": "true",
      }),
      h(
        "div",
        { class: "lobby-card", role: "status" },
        h("span", { class: "lobby-pulse", "aria-hidden": "true" }, h("farhand-icon", { name: "wait" })),
        h("h1", { tabindex: -1 }, room.lobby ? t("{name} will let you in", { name }) : t("Connecting…")),
        room.lobby && h("p", { class: "soft" }, room.lobby.engineer_present
          ? t("{name} sees that you are here.", { name })
          : t("{name} is not here yet. Keep this page open, the call starts by itself.", { name })),
        waited && h("p", { class: "lobby-time", "aria-hidden": "true" }, t("Waiting for {time}", { time: waited })),
        h("div", { class: "row wrap lobby-devices" },
          h("span", { class: "tag" }, h("farhand-icon", { name: microphone.on ? "mic" : "mic-off" }), microphone.on ? t("Microphone on") : t("Microphone off")),
          h("span", { class: "tag" }, h("farhand-icon", { name: camera.on ? "camera" : "camera-off" }), camera.on ? t("Camera on") : t("Camera off"))),
        h("button", { type: "button", class: "btn large", onclick: () => this.call.leave() }, t("Leave")),
      ),
    );
  }
}

customElements.define("farhand-lobby", Lobby);
