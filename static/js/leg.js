/**
 * One RTCPeerConnection to the server: one offer, one answer, never renegotiated (docs/protocol.md,
 * "The offer"). It can be prepared before there is a camera and before anyone has tapped Join.
 */

/** @typedef {"microphone" | "camera" | "screen"} Source */
/** @typedef {import("./messages.js").Codec} Codec */
/** @typedef {Partial<Record<Source, RTCRtpEncodingParameters>>} Shape */

export const SEATS = 5;
const CONNECT_MS = 6_000;

/** Both are in every offer, with the repair of lost packets; what stands first is preferred. */
/** @type {Record<Codec, string[]>} */
const VIDEO_CODECS = {
  vp8: ["video/vp8", "video/h264", "video/rtx"],
  h264: ["video/h264", "video/vp8", "video/rtx"],
};
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
  /** Parameters are changed one after the other: the browser refuses two changes at once. */
  #shaping = Promise.resolve();

  /**
   * @param {Shape} shape what differs from `ENCODINGS`
   * @param {Codec} codec the preferred one
   * @param {RTCIceServer[]} iceServers one's own TURN servers, where there are any
   */
  constructor(shape, codec, iceServers) {
    super();
    this.codec = codec;
    this.#pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    const own = new MediaStream();
    this.#senders = {
      microphone: this.#line("audio", own, { ...ENCODINGS.microphone, ...shape.microphone }).sender,
      camera: this.#line("video", own, { ...ENCODINGS.camera, ...shape.camera }).sender,
      screen: this.#line("video", own, { ...ENCODINGS.screen, ...shape.screen }).sender,
    };
    const seats = Array.from({ length: SEATS });
    this.sounds = seats.map(() => this.#line("audio").receiver.track);
    this.pictures = seats.map(() => this.#line("video").receiver.track);
    this.screen = this.#line("video").receiver.track;
    this.#pc.onconnectionstatechange = () => this.dispatchEvent(new Event("change"));
    /** The offer, once it is made; the server ignores candidates: gathering is not waited for. */
    this.sdp = "";
    this.offered = this.#offer();
    this.offered.catch(() => undefined); // closed before it was needed
  }

  /** "new", "connecting", "connected", "disconnected", "failed" or "closed" (W3C WebRTC 4.3.3). */
  get state() {
    return this.#pc.connectionState;
  }

  /** @param {string} sdp */
  async accept(sdp) {
    await this.#pc.setRemoteDescription({ type: "answer", sdp });
    this.#tune("camera", {});
    this.#tune("screen", {});
    await this.#shaping;
  }

  /**
   * How much is sent from now on.
   * @param {Shape} shape
   */
  shape(shape) {
    for (const source of /** @type {Source[]} */ (Object.keys(ENCODINGS))) {
      this.#tune(source, { ...ENCODINGS[source], ...shape[source] });
    }
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
      const names = VIDEO_CODECS[this.codec];
      line.setCodecPreferences(names.flatMap((name) => codecs.filter(wanted(name))));
    }
    return line;
  }

  /** Lost sound can be asked for again, if the browser lets us say so in the offer. */
  async #offer() {
    const { sdp = "" } = await this.#pc.createOffer();
    try {
      await this.#pc.setLocalDescription({ type: "offer", sdp: withSoundRepair(sdp) });
    } catch {
      await this.#pc.setLocalDescription({ type: "offer", sdp });
    }
    this.sdp = this.#pc.localDescription?.sdp ?? "";
  }

  /**
   * Sharpness goes before motion.
   * @param {Source} source
   * @param {RTCRtpEncodingParameters} to
   */
  #tune(source, to) {
    this.#shaping = this.#shaping.then(async () => {
      const sender = this.#senders[source];
      const parameters = sender.getParameters();
      if (source !== "microphone") parameters.degradationPreference = "maintain-resolution";
      for (const encoding of parameters.encodings) Object.assign(encoding, to);
      try {
        await sender.setParameters(parameters);
      } catch {
        // A browser that cannot be told keeps to its own, as a closed connection does.
      }
    });
  }
}

/**
 * The offer with `a=rtcp-fb:… nack` (RFC 4585 section 4.2) after each Opus line.
 * @param {string} sdp
 */
export function withSoundRepair(sdp) {
  return sdp.replace(
    /^(a=rtpmap:(\d+) opus\/48000\/2)\r\n/gim,
    (whole, line, type) => `${line}\r\na=rtcp-fb:${type} nack\r\n`,
  );
}

/** @param {string} name @returns {(codec: RTCRtpCodecCapability) => boolean} */
function wanted(name) {
  return ({ mimeType, sdpFmtpLine = "" }) =>
    mimeType.toLowerCase() === name &&
    (name !== "video/h264" ||
      (H264_BASELINE.test(sdpFmtpLine) && sdpFmtpLine.includes("packetization-mode=1")));
}
