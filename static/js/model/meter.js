/** How loud a track is, 0 to 1, on a scale a person sees as even (decibels). */

import { audio } from "./sounds.js";

const EVERY_MS = 60;
const FLOOR_DB = -55;
const CEILING_DB = -8;
const FALL = 0.8;

export class Meter extends EventTarget {
  level = 0;
  /** Has anything louder than room noise been heard? */
  heard = false;
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  #timer = 0;

  /** @param {MediaStreamTrack | null} track */
  watch(track) {
    this.stop();
    if (!track) return;
    const analyser = new AnalyserNode(audio(), { fftSize: 1024 });
    this.#source = audio().createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => this.#measure(analyser, samples), EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#source = null;
    this.level = 0;
  }

  /** @param {AnalyserNode} analyser @param {Float32Array} samples */
  #measure(analyser, samples) {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0);
    const decibels = 10 * Math.log10(power / samples.length + 1e-12);
    const now = Math.min(1, Math.max(0, (decibels - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
    this.level = Math.max(now, this.level * FALL);
    this.heard ||= this.level > 0.35;
    this.dispatchEvent(new Event("change"));
  }
}
