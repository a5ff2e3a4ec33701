/**
 * One RTCPeerConnection to the server: one offer, one answer, never renegotiated (docs/protocol.md,
 * "The offer"). It can be prepared before there is a camera and before anyone has tapped Join.
 */

/** @typedef {"microphone" | "camera" | "screen"} Source */

export const SEATS = 5;
const CONNECT_MS = 6_000;

const VIDEO_CODECS = ["video/vp8", "video/h264", "video/rtx"];
const H264_BASELINE = /42[0-9a-f]{4}/;

/** @type {Record<Source, RTCRtpEncodingParameters>} bits and frames a second */
const ENCODINGS = {
  microphone: { maxBitrate: 40_000, priority: "high", networkPriority: "high" },
  camera: { maxBitrate: 1_500_000, maxFramerate: 30 },
  screen: { maxBitrate: 1_500_000, maxFramerate: 15 },
};

export class Leg extends EventTarget {
  #pc;
  /** @type {Record<Source, RTCRtpSender>} */
  #senders;

  /**
   * @param {number} cameraBitrate bits a second
   * @param {RTCIceServer[]} iceServers one's own TURN servers, where there are any
   */
  constructor(cameraBitrate, iceServers) {
    super();
    this.#pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    const own = new MediaStream();
    this.#senders = {
      microphone: this.#line("audio", own, ENCODINGS.microphone).sender,
      camera: this.#line("video", own, { ...ENCODINGS.camera, maxBitrate: cameraBitrate }).sender,
      screen: this.#line("video", own, ENCODINGS.screen).sender,
    };
    const seats = Array.from({ length: SEATS });
    this.sounds = seats.map(() => this.#line("audio").receiver.track);
    this.pictures = seats.map(() => this.#line("video").receiver.track);
    this.screen = this.#line("video").receiver.track;
    this.#pc.onconnectionstatechange = () => this.dispatchEvent(new Event("change"));
    /** The offer, once it is made; the server ignores candidates: gathering is not waited for. */
    this.sdp = "";
    this.offered = this.#pc.setLocalDescription().then(() => {
      this.sdp = this.#pc.localDescription?.sdp ?? "";
    });
  }

  /** "new", "connecting", "connected", "disconnected", "failed" or "closed" (W3C WebRTC 4.3.3). */
  get state() {
    return this.#pc.connectionState;
  }

  /** @param {string} sdp */
  async accept(sdp) {
    await this.#pc.setRemoteDescription({ type: "answer", sdp });
    await this.#prefer("camera", "maintain-resolution");
    await this.#prefer("screen", "maintain-resolution");
  }

  /** Settles when media can flow. */
  connected() {
    return new Promise((/** @type {(nothing: void) => void} */ resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no connection in time")), CONNECT_MS);
      const look = () => {
        if (this.state === "connected") resolve();
        else if (this.state === "failed" || this.state === "closed") reject(new Error(this.state));
        else return;
        clearTimeout(timer);
        this.removeEventListener("change", look);
      };
      this.addEventListener("change", look);
      look();
    });
  }

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  async send(source, track) {
    const sender = this.#senders[source];
    if (sender.track !== track && this.state !== "closed") await sender.replaceTrack(track);
  }

  stats() {
    return this.#pc.getStats();
  }

  close() {
    this.#pc.close();
    this.dispatchEvent(new Event("change"));
  }

  // Private

  /** @param {"audio" | "video"} kind @param {MediaStream} [own]
   *  @param {RTCRtpEncodingParameters} [encoding] */
  #line(kind, own, encoding) {
    const line = this.#pc.addTransceiver(
      kind,
      own
        ? { direction: "sendonly", streams: [own], sendEncodings: [encoding ?? {}] }
        : { direction: "recvonly" },
    );
    if (kind === "video" && "setCodecPreferences" in line) {
      const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
      line.setCodecPreferences(VIDEO_CODECS.flatMap((name) => codecs.filter(wanted(name))));
    }
    return line;
  }

  /** @param {Source} source
   *  @param {"balanced" | "maintain-framerate" | "maintain-resolution"} preference */
  async #prefer(source, preference) {
    const parameters = this.#senders[source].getParameters();
    parameters.degradationPreference = preference;
    try {
      await this.#senders[source].setParameters(parameters);
    } catch {
      // A browser without the preference keeps its own.
    }
  }
}

/** @param {string} name @returns {(codec: RTCRtpCodecCapability) => boolean} */
function wanted(name) {
  return ({ mimeType, sdpFmtpLine = "" }) =>
    mimeType.toLowerCase() === name &&
    (name !== "video/h264" ||
      (H264_BASELINE.test(sdpFmtpLine) && sdpFmtpLine.includes("packetization-mode=1")));
}
