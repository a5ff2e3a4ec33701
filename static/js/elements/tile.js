/** One person's picture, or a shared screen, with the name and what is to know about it. */

import { language, t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

const FIRST_FRAME = "farhand-first-frame";

export class Tile extends Part {
  /** A participant's id, "me", "screen" (somebody's, shared) or "my-screen". */
  who = "";
  large = false;

  sources() {
    return [this.call.devices, this.call.peer];
  }

  get person() {
    const { room } = this.call;
    if (this.who === "screen") return room.person(room.state?.seating.screen);
    return this.who === "me" || this.who === "my-screen" ? room.own : room.person(this.who);
  }

  /** @returns {MediaStream | null} */
  get picture() {
    const { peer, room, devices } = this.call;
    if (this.who === "me") return devices.camera.on ? devices.camera.stream : null;
    if (this.who === "screen") return peer.screen;
    const seat = room.seatOf(this.who);
    return this.person?.camera === "on" ? peer.seats[seat]?.picture ?? null : null;
  }

  get label() {
    const name = this.person?.name ?? "";
    if (this.who === "me") return t("You");
    return this.who === "screen" ? t("{name}'s screen", { name }) : name;
  }

  view() {
    const { person, picture, label } = this;
    const mine = this.who === "me";
    const silent = this.who !== "screen" && (mine ? !this.call.devices.microphone.on : person?.microphone !== "on");
    const away = !mine && person?.presence === "reconnecting";
    return h(
      "div",
      { class: `tile-inside ${away ? "away" : ""}` },
      h("video", {
        key: "picture", muted: true, autoplay: true, playsInline: true, srcObject: picture,
        hidden: !picture, "aria-hidden": "true", onloadedmetadata: played,
        class: mine && this.mirrored ? "mirrored" : "",
      }),
      !picture && h("span", { class: "tile-face", "aria-hidden": "true" }, initials(person?.name ?? label)),
      !(mine && this.large && picture) && h(
        "span",
        { key: "name", class: "tile-name" },
        silent && h("farhand-icon", { name: "mic-off", role: "img", "aria-label": t("muted") }),
        h("span", {}, label),
        away && h("span", { class: "soft" }, t("reconnecting…")),
      ),
      !this.large &&
        h("button", {
          key: "pick", type: "button", class: "tile-pick",
          "aria-label": mine ? t("Show my own picture large") : t("Show {name} large", { name: label }),
          onclick: () => this.call.enlarge(this.who),
        }),
    );
  }

  get mirrored() {
    const { page, devices } = this.call;
    return devices.camera.mirrored || (page.side === "staff" && devices.camera.facing === "user");
  }

  redraw() {
    super.redraw();
    const video = this.querySelector("video");
    if (video && this.who !== "me") measureFirst(video);
  }
}

/** @param {Event} event */
function played(event) {
  /** @type {HTMLVideoElement} */ (event.target).play().catch(() => undefined);
}

/**
 * How long from Join to somebody else's first picture.
 * @param {HTMLVideoElement} video
 */
function measureFirst(video) {
  if (performance.getEntriesByName(FIRST_FRAME).length || video.dataset.measured) return;
  video.dataset.measured = "1";
  video.requestVideoFrameCallback?.(() => {
    if (performance.getEntriesByName(FIRST_FRAME).length) return;
    if (performance.getEntriesByName("farhand-join").length) {
      performance.measure(FIRST_FRAME, "farhand-join");
    }
  });
}

/**
 * "LW" for Lin Wei, "김민" for 김민준.
 * @param {string} name
 */
function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? words.map((word) => [...word][0] ?? "") : [...name].slice(0, 2);
  return letters.slice(0, 2).join("").toLocaleUpperCase(language.code);
}

customElements.define("farhand-tile", Tile);
