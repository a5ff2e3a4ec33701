/** Camera, microphone and shared screen together: one question to the person, one report. */

import { Camera, troubleOf } from "./camera.js";
import { clock } from "./clock.js";
import { Microphone, VOICE } from "./microphone.js";
import { Screen } from "./screen.js";

/** @typedef {import("../messages.js").Device} Device */
/** @typedef {import("./camera.js").Trouble} Trouble */

/** @typedef {{microphone: Device, camera: Device, screen: boolean,
 *   microphone_trouble: import("../messages.js").Trouble | null,
 *   camera_trouble: import("../messages.js").Trouble | null, hidden: boolean,
 *   torch: import("../messages.js").Torch | null}} Report */

/** A browser that has not answered by then may never do so. */
const SLOW_MS = 8_000;
/** Most browsers give back by themselves what they took from a hidden page. */
const GIVEN_BACK_MS = 1_500;

export class Devices extends EventTarget {
  /** The browser is asking the person for permission now. */
  asking = false;
  /** ... and has been for suspiciously long. */
  slow = false;
  opened = false;
  #wanted = false;
  #late = 0;
  /** @type {string | null} */
  #light = null;

  /** @param {import("./camera.js").Shot} shot what the camera is for */
  constructor(shot) {
    super();
    this.camera = new Camera(shot);
    this.microphone = new Microphone();
    this.screen = new Screen();
    for (const part of [this.camera, this.microphone, this.screen]) {
      part.addEventListener("change", () => this.#changed());
    }
  }

  /** Asks for both at once; if that fails, for each alone, to know which one it is. */
  async open() {
    this.asking = this.#wanted = true;
    this.camera.wanted = true;
    document.addEventListener("visibilitychange", this.#seen);
    clock.addEventListener("tick", this.#look);
    const slowly = setTimeout(() => this.#askedFor(true), SLOW_MS);
    this.#changed();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({
        audio: VOICE,
        video: this.camera.constraints(),
      });
      this.microphone.adopt(stream.getAudioTracks()[0] ?? null, null);
      this.camera.adopt(stream.getVideoTracks()[0] ?? null, null);
    } catch (error) {
      await this.#openEach(troubleOf(error));
    }
    clearTimeout(slowly);
    this.asking = false;
    this.opened = this.#wanted;
    this.#askedFor(false);
    if (!this.#wanted) this.close();
    this.#watchPermission("camera");
    this.#watchPermission("microphone");
  }

  close() {
    this.opened = this.#wanted = false;
    document.removeEventListener("visibilitychange", this.#seen);
    clock.removeEventListener("tick", this.#look);
    clearTimeout(this.#late);
    this.camera.close();
    this.microphone.close();
    this.screen.close();
  }

  /** Once more, for what is missing: one tap brings back both. */
  async retry() {
    if (this.camera.trouble && this.camera.wanted) await this.camera.back();
    if (this.microphone.trouble) await this.microphone.back();
  }

  /**
   * What the room is told.
   * @returns {Report}
   */
  report() {
    return {
      microphone: stateOf(this.microphone),
      camera: stateOf(this.camera),
      screen: this.screen.track !== null,
      microphone_trouble: troubleToTell(this.microphone),
      camera_trouble: troubleToTell(this.camera),
      hidden: document.visibilityState === "hidden",
      torch: this.camera.light,
    };
  }

  // Private

  /**
   * One after the other: phones do not like to be asked twice at once.
   * @param {"gone" | "taken"} how
   */
  async #recover(how) {
    if (this.camera[how]) await this.camera.back();
    if (this.microphone[how]) await this.microphone.back();
  }

  /** @param {Trouble} trouble */
  async #openEach(trouble) {
    await this.microphone.open();
    if (trouble === "denied" && this.microphone.trouble === "denied") {
      this.camera.adopt(null, "denied");
    } else {
      await this.camera.open();
    }
  }

  /** What went while the page was hidden (a call, another app, a locked screen) comes back with it. */
  #seen = () => {
    clearTimeout(this.#late);
    this.#changed();
    if (document.visibilityState === "hidden" || !this.opened) return;
    this.#recover("gone");
    this.#late = setTimeout(() => this.#recover("taken"), GIVEN_BACK_MS);
  };

  /** A light that goes out (the battery, another app) says nothing. */
  #look = () => {
    const { light } = this.camera;
    if (light === this.#light) return;
    this.#light = light;
    this.#changed();
  };

  /** @param {"camera" | "microphone"} name */
  async #watchPermission(name) {
    try {
      const query = { name: /** @type {PermissionName} */ (/** @type {unknown} */ (name)) };
      const permission = await navigator.permissions.query(query);
      permission.onchange = () => {
        if (permission.state === "granted" && this[name].trouble === "denied") this[name].open();
      };
    } catch {
      // A browser that cannot be asked: the person has "Try again".
    }
  }

  /** @param {boolean} slow */
  #askedFor(slow) {
    this.slow = slow;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Camera | Microphone} device @returns {Device} */
function stateOf(device) {
  if (device.on) return "on";
  if (device.trouble === "denied" || device.trouble === "absent") return device.trouble;
  return "off";
}

/** @param {Camera | Microphone} device */
function troubleToTell({ trouble }) {
  return trouble === "busy" || trouble === "lost" || trouble === "interrupted" ? trouble : null;
}
