/** The camera: opened, closed, turned to the other side, lit; and why it is not there. */

import { Torch } from "./torch.js";

/** @typedef {"denied" | "absent" | "busy" | "lost" | "interrupted"} Trouble */
/** @typedef {"environment" | "user"} Facing */

/**
 * @typedef {{facing: Facing, width: number, height: number, rate: number}} Shot
 *   which way it looks, pixels, frames a second
 */

/** The machine is shown large and sharp, a face small. */
/** @type {Record<"machine" | "face", Shot>} */
export const SHOTS = {
  machine: { facing: "environment", width: 1280, height: 720, rate: 30 },
  face: { facing: "user", width: 640, height: 360, rate: 20 },
};

/** What getUserMedia means by its errors (W3C Media Capture and Streams, 10.2). */
/** @type {Record<string, Trouble>} */
const TROUBLES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** @param {unknown} error @returns {Trouble} */
export function troubleOf(error) {
  return TROUBLES[error instanceof Error || error instanceof DOMException ? error.name : ""] ?? "busy";
}

/**
 * Gone for good: it ended, or could not be opened just then. Not every browser says when.
 * @param {{track: MediaStreamTrack | null, trouble: Trouble | null}} device
 */
export function isGone({ track, trouble }) {
  return trouble === "lost" || trouble === "busy" || track?.readyState === "ended";
}

export class Camera extends EventTarget {
  /** @type {MediaStreamTrack | null} */
  track = null;
  /** @type {Trouble | null} */
  trouble = null;
  /** Does the person want to be seen? */
  wanted = true;
  torch = new Torch();
  /** How many cameras there are to switch between. */
  count = 1;
  /** For the person's own picture; the stream stays, its track changes. */
  stream = new MediaStream();
  /** @type {Promise<void> | null} */
  #opening = null;

  /** @param {Shot} shot */
  constructor(shot) {
    super();
    this.shot = shot;
    this.facing = shot.facing;
  }

  get on() {
    return this.wanted && this.track !== null && !this.track.muted;
  }

  get canLight() {
    return this.torch.can(this.track);
  }

  get light() {
    return this.torch.state(this.track);
  }

  /** Wanted, and only asking anew can bring it back. */
  get gone() {
    return this.wanted && isGone(this);
  }

  /** Wanted and there, but somebody else has it. */
  get taken() {
    return this.wanted && this.track?.muted === true;
  }

  /** A picture of oneself is shown as a mirror does, what lies before the phone is not. */
  get mirrored() {
    return this.track?.getSettings().facingMode === "user";
  }

  /** @returns {MediaTrackConstraints} */
  constraints() {
    return {
      facingMode: { ideal: this.facing },
      width: { ideal: this.shot.width },
      height: { ideal: this.shot.height },
      frameRate: { ideal: this.shot.rate, max: this.shot.rate },
    };
  }

  /** Asked twice at the same time, it is opened once. */
  open() {
    this.wanted = true;
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return this.#opening;
  }

  /** Many phones open one at a time, so the old one goes first. */
  back() {
    this.#letGo();
    return this.open();
  }

  /** Front or rear. */
  async turn() {
    await this.#opening;
    this.facing = this.facing === "environment" ? "user" : "environment";
    await this.back();
  }

  async #open() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: this.constraints() });
      const track = stream.getVideoTracks()[0] ?? null;
      if (this.wanted) this.adopt(track, null);
      else track?.stop();
    } catch (error) {
      this.adopt(null, troubleOf(error));
    }
  }

  /** @param {MediaStreamTrack | null} track @param {Trouble | null} trouble */
  adopt(track, trouble) {
    this.#letGo();
    this.track = track;
    this.trouble = trouble;
    if (track) {
      this.stream.addTrack(track);
      track.onended = () => this.adopt(null, "lost");
      track.onmute = () => this.#interrupted("interrupted");
      track.onunmute = () => this.#interrupted(null);
      this.#countCameras();
      if (this.torch.wanted && this.canLight) this.#relight(track);
    }
    this.#changed();
  }

  close() {
    this.wanted = this.torch.wanted = false;
    this.#letGo();
    this.trouble = null;
    this.#changed();
  }

  /** A light that will not shine is given up. */
  async shine(on = this.light !== "on") {
    try {
      await this.torch.shine(this.track, on);
    } catch {
      this.torch.wanted = false;
    }
    this.#changed();
  }

  #letGo() {
    if (!this.track) return;
    this.track.onended = this.track.onmute = this.track.onunmute = null;
    this.stream.removeTrack(this.track);
    this.track.stop();
    this.track = null;
    this.torch.forget();
  }

  /** @param {Trouble | null} trouble */
  #interrupted(trouble) {
    this.trouble = trouble;
    this.#changed();
  }

  /**
   * By itself; where that fails, the person is shown that it is dark.
   * @param {MediaStreamTrack} track
   */
  async #relight(track) {
    try {
      await this.torch.shine(track, true);
    } catch {
      this.torch.forget();
    }
    this.#changed();
  }

  async #countCameras() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    this.count = devices.filter(({ kind }) => kind === "videoinput").length;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
