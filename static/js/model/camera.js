/** The camera: opened, closed, turned to the other side, lit; and why it is not there. */

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

export class Camera extends EventTarget {
  /** @type {MediaStreamTrack | null} */
  track = null;
  /** @type {Trouble | null} */
  trouble = null;
  /** Does the person want to be seen? */
  wanted = true;
  torch = false;
  /** How many cameras there are to switch between. */
  count = 1;
  /** For the person's own picture; the stream stays, its track changes. */
  stream = new MediaStream();

  /** @param {Shot} shot */
  constructor(shot) {
    super();
    this.shot = shot;
    this.facing = shot.facing;
  }

  get on() {
    return this.wanted && this.track !== null && !this.track.muted;
  }

  /** Only the live track knows; what the browser says it supports does not count. */
  get canLight() {
    return this.track?.getCapabilities?.().torch === true;
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

  async open() {
    this.wanted = true;
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
    }
    this.#changed();
  }

  close() {
    this.wanted = false;
    this.#letGo();
    this.trouble = null;
    this.#changed();
  }

  /** Front or rear. Many phones open one at a time, so the old one goes first. */
  async turn() {
    this.facing = this.facing === "environment" ? "user" : "environment";
    this.#letGo();
    await this.open();
  }

  async light(on = !this.torch) {
    try {
      await this.track?.applyConstraints({ advanced: [{ torch: on }] });
      this.torch = on;
    } catch {
      this.torch = false;
    }
    this.#changed();
  }

  #letGo() {
    if (!this.track) return;
    this.track.onended = this.track.onmute = this.track.onunmute = null;
    this.stream.removeTrack(this.track);
    this.track.stop();
    this.track = null;
    this.torch = false;
  }

  /** @param {Trouble | null} trouble */
  #interrupted(trouble) {
    this.trouble = trouble;
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
