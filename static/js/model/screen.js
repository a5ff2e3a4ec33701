/** One's own screen, shared while its track lives. */

const FRAMES_A_SECOND = 15;

export class Screen extends EventTarget {
  /** @type {MediaStreamTrack | null} */
  track = null;

  /** Can this browser share a screen? Phones cannot. */
  get possible() {
    return Boolean(navigator.mediaDevices?.getDisplayMedia);
  }

  async open() {
    try {
      const video = { frameRate: { max: FRAMES_A_SECOND } };
      const stream = await navigator.mediaDevices.getDisplayMedia({ video, audio: false });
      this.track = stream.getVideoTracks()[0] ?? null;
    } catch {
      return; // The person chose nothing.
    }
    if (this.track) {
      this.track.contentHint = "detail";
      this.track.onended = () => this.close();
    }
    this.dispatchEvent(new Event("change"));
  }

  close() {
    this.track?.stop();
    this.track = null;
    this.dispatchEvent(new Event("change"));
  }
}
