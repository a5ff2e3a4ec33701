/** One person's picture, or a shared screen, with the name and what is to know about it. */

import { language, t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { photoName } from "./photo-name.js";
import { h } from "./view.js";

const FIRST_FRAME = "farhand-first-frame";

/** A picture that stands still so long does not come through. */
const STUCK_MS = 3_000;

export class Tile extends Part {
  static ticking = true;
  /** A participant's id, "me", "screen" (somebody's, shared) or "my-screen". */
  who = "";
  large = false;
  #frames = -1;
  #movedAt = 0;

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

  /** The newest photo of somebody whose line carries no moving picture to here. */
  get still() {
    const { person } = this;
    if (this.who === "me" || this.who === "screen" || !person?.stills) return null;
    const films = person.rung === "full" || person.rung === "low";
    if (films && performance.now() - this.#movedAt < STUCK_MS) return null;
    return this.call.room.newestPhoto(person.id) ?? null;
  }

  view() {
    const { person, label, still } = this;
    const picture = still ? null : this.picture;
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
      still && h("img", { key: "still", class: "tile-still", src: still.url, alt: photoName(this.call, still), width: still.width, height: still.height }),
      !picture && !still && h("span", { class: "tile-face", "aria-hidden": "true" }, initials(person?.name ?? label)),
      !(mine && this.large && picture) && h(
        "span",
        { key: "name", class: "tile-name" },
        silent && h("farhand-icon", { name: "mic-off", role: "img", "aria-label": t("muted") }),
        h("span", {}, still ? photoName(this.call, still) : label),
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
    const frames = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
    if (frames === this.#frames && this.person?.stills) return;
    this.#frames = frames;
    this.#movedAt = performance.now();
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
