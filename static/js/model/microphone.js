/** The microphone; where there is none, silence is sent, so that there is always a sound track. */

import { isGone, troubleOf } from "./camera.js";
import { silence } from "./sounds.js";

/** @typedef {import("./camera.js").Trouble} Trouble */

/** @type {MediaTrackConstraints} */
export const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Microphone extends EventTarget {
  /** @type {MediaStreamTrack | null} */
  track = null;
  /** @type {Trouble | null} */
  trouble = null;
  /** Does the person want to be heard? */
  wanted = true;
  /** @type {MediaStreamTrack | null} */
  #silence = null;

  get on() {
    return this.wanted && this.track !== null && !this.track.muted;
  }

  /** What is sent: the voice, or silence. */
  get outgoing() {
    return this.track ?? this.#silence;
  }

  /** Only asking anew can bring it back. */
  get gone() {
    return isGone(this);
  }

  /** There, but somebody else has it. */
  get taken() {
    return this.track?.muted === true;
  }

  back() {
    this.#letGo();
    return this.open();
  }

  async open() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: VOICE });
      this.adopt(stream.getAudioTracks()[0] ?? null, null);
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
      track.enabled = this.wanted;
      track.onended = () => this.adopt(null, "lost");
      track.onmute = track.onunmute = () => {
        this.trouble = track.muted ? "interrupted" : null;
        this.#changed();
      };
    } else {
      this.#silence ??= silence();
    }
    this.#changed();
  }

  mute(muted = this.wanted) {
    this.wanted = !muted;
    if (this.track) this.track.enabled = this.wanted;
    this.#changed();
  }

  close() {
    this.#letGo();
    this.#silence?.stop();
    this.#silence = null;
    this.#changed();
  }

  #letGo() {
    if (!this.track) return;
    this.track.onended = this.track.onmute = this.track.onunmute = null;
    this.track.stop();
    this.track = null;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
