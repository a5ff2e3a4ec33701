/** What of the picture is in another file, because the camera sent it in another format: shown over
 *  the review's own picture at its time. */

/** @typedef {import("./timeline.js").Timeline} Timeline */

/** Nearer than this the two are together: while they play, and while they stand still. */
const APART_S = 0.15;
const STILL_APART_S = 0.01;

export class Elsewhere {
  /**
   * @param {HTMLVideoElement} main the review, which is heard, and which all follow
   * @param {Timeline} timeline
   * @param {string} files where they are
   */
  constructor(main, { review }, files) {
    this.main = main;
    this.spans = review?.elsewhere ?? [];
    /** @type {Map<string, HTMLVideoElement>} */
    this.videos = new Map();
    for (const { file } of this.spans) {
      if (!this.videos.has(file)) this.videos.set(file, this.#add(`${files}/${file}`));
    }
  }

  /** Shows what belongs to the moment of the review, and keeps with it. */
  follow() {
    const at = this.main.currentTime * 1_000;
    const now = this.spans.find(({ from_ms, to_ms }) => from_ms <= at && at < to_ms)?.file;
    for (const [file, video] of this.videos) {
      video.hidden = file !== now;
      if (file === now) this.#keep(video);
      else if (!video.paused) video.pause();
    }
  }

  // Private

  /** @param {string} url */
  #add(url) {
    const video = document.createElement("video");
    Object.assign(video, { className: "elsewhere", src: url, muted: true, playsInline: true, hidden: true });
    video.setAttribute("aria-hidden", "true");
    for (const name of ["loadedmetadata", "seeked"]) video.addEventListener(name, () => this.follow());
    this.main.after(video);
    return video;
  }

  /** @param {HTMLVideoElement} video */
  #keep(video) {
    const { main } = this;
    if (video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const wanted = Math.min(main.currentTime, video.duration);
    const apart = Math.abs(video.currentTime - wanted);
    if (!video.seeking && apart > (main.paused ? STILL_APART_S : APART_S)) video.currentTime = wanted;
    if (video.playbackRate !== main.playbackRate) video.playbackRate = main.playbackRate;
    if (main.paused && !video.paused) video.pause();
    if (!main.paused && video.paused) video.play().catch(() => undefined);
  }
}
