/** The engineer's controls under the picture; ending the session asks once, and forgets the question. */

import { t } from "../model/language.js";
import { control } from "./control.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

const FORGET_MS = 6_000;
/** A photo that has not come by then waits on the phone. */
const COMES_MS = 10_000;

export class ConsoleBar extends Part {
  /** @type {() => void} */
  invite = () => undefined;
  /** @type {() => void} */
  help = () => undefined;
  #ending = false;
  #timer = 0;
  /**
   * The newest photo when another was asked for.
   * @type {string | null}
   */
  #photoBefore = null;

  sources() {
    return [this.call.devices];
  }

  view() {
    const { camera, microphone, screen } = this.call.devices;
    return h(
      "div",
      { class: "bar", role: "toolbar", "aria-label": t("Call") },
      control({
        name: "mic", icon: microphone.on ? "mic" : "mic-off", label: microphone.on ? t("Mute") : t("Unmute"),
        tone: microphone.on ? "" : "warned", hint: microphone.on ? t("Mute the microphone (M)") : t("Switch the microphone on (M)"),
        onclick: () => this.microphone(),
      }),
      control({
        name: "camera", icon: camera.on ? "camera" : "camera-off", label: camera.on ? t("Camera") : t("Camera off"),
        tone: camera.on ? "" : "warned", hint: camera.on ? t("Switch the camera off (V)") : t("Switch the camera on (V)"),
        onclick: () => this.camera(),
      }),
      screen.possible &&
        control({
          icon: "screen", label: screen.track ? t("Stop sharing") : t("Share"), tone: screen.track ? "on" : "",
          hint: screen.track ? t("Stop sharing the screen") : t("Share a screen or window"),
          onclick: () => (screen.track ? screen.close() : screen.open()),
        }),
      this.#photo(),
      control({ icon: "invite", label: t("Invite"), hint: t("Invite the customer or another person"), onclick: () => this.invite() }),
      control({ icon: "help", label: t("Keys"), hint: t("Keyboard shortcuts (?)"), onclick: () => this.help() }),
      this.#ending ? this.#question() : this.#exits(),
    );
  }

  microphone() {
    const { microphone } = this.call.devices;
    if (microphone.trouble) microphone.open();
    else microphone.mute();
  }

  camera() {
    const { camera } = this.call.devices;
    if (camera.on) camera.close();
    else camera.open();
  }

  /** Asks the customer's phone for a sharp photo, whatever its line carries. */
  photo() {
    const { customer } = this.call.room;
    if (customer?.camera !== "on" || this.#coming) return;
    this.#expect(this.#newest);
    setTimeout(() => this.#expect(null), COMES_MS);
    this.call.askPhoto(customer.id);
  }

  get #newest() {
    const asked = this.call.room.state?.photos.filter(({ reason }) => reason === "asked") ?? [];
    return asked[asked.length - 1]?.id ?? "";
  }

  get #coming() {
    return this.#photoBefore !== null && this.#photoBefore === this.#newest;
  }

  /** @param {string | null} before */
  #expect(before) {
    this.#photoBefore = before;
    this.plan();
  }

  #photo() {
    const { customer } = this.call.room;
    const name = customer?.name ?? "";
    const ready = customer?.camera === "on";
    return control({
      icon: "photo", label: this.#coming ? t("Coming…") : t("Photo"), disabled: !ready || this.#coming, onclick: () => this.photo(),
      hint: ready ? t("A sharp photo from {name}'s camera (F)", { name }) : t("Nobody's camera is on"),
    });
  }

  #exits() {
    return [
      control({ icon: "door", label: t("Leave"), hint: t("Leave; the session goes on"), onclick: () => this.call.leave() }),
      control({ icon: "leave", label: t("End session"), tone: "end", onclick: () => this.#ask(true) }),
    ];
  }

  #question() {
    return h(
      "span",
      { key: "question", class: "bar-question", role: "group", "aria-label": t("End for everybody?") },
      h("span", {}, t("End for everybody?")),
      h("button", { key: "no", type: "button", class: "control", onclick: () => this.#ask(false) }, t("Go on")),
      h("button", { key: "yes", type: "button", class: "control end", onclick: () => this.call.end() }, t("End now")),
    );
  }

  /** @param {boolean} ending */
  #ask(ending) {
    clearTimeout(this.#timer);
    this.#ending = ending;
    this.plan();
    if (!ending) return;
    this.#timer = setTimeout(() => this.#ask(false), FORGET_MS);
    queueMicrotask(() => queueMicrotask(() => this.querySelector("button.end")?.parentElement?.querySelector("button")?.focus()));
  }
}

customElements.define("farhand-console-bar", ConsoleBar);
