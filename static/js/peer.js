/**
 * The media of a call: the tracks sent, the seats received, and the connection under them, which
 * is built anew (make before break) whenever it stops carrying. Knows no page.
 *
 * Events: `change` (the state has changed), `seats` (the tracks in the streams have changed).
 */

import { Leg, SEATS } from "./leg.js";

/** @typedef {import("./leg.js").Source} Source */
/** @typedef {import("./leg.js").Shape} Shape */
/** @typedef {import("./messages.js").Codec} Codec */

const DISCONNECTED_MS = 1_500;
const YOUNG_MS = 3_000;
const RETRY_MS = [300, 700, 1_500, 3_000, 5_000];

export class Peer extends EventTarget {
  /** Per seat what is heard and what is seen; the streams stay, their tracks are exchanged. */
  seats = Array.from({ length: SEATS }, () => ({
    sound: new MediaStream(),
    picture: new MediaStream(),
  }));
  screen = new MediaStream();
  /** @type {Record<Source, MediaStreamTrack | null>} */
  #tracks = { microphone: null, camera: null, screen: null };
  /** @type {Leg | null} carries the media */
  #leg = null;
  /** @type {Leg | null} made ahead of its use */
  #spare = null;
  #building = false;
  #again = false;
  #failures = 0;
  #retry = 0;
  #doubt = 0;
  #unheard = 0;
  #adoptedAt = 0;
  #wanted = false;
  /** @type {Codec} */
  #codec = "vp8";
  /** @type {Shape} */
  #shape;

  /**
   * @param {(sdp: string) => Promise<string>} ask gives the server's answer to an offer
   * @param {Shape} shape how much is sent
   * @param {RTCIceServer[]} iceServers
   */
  constructor(ask, shape, iceServers) {
    super();
    this.ask = ask;
    this.#shape = shape;
    this.iceServers = iceServers;
  }

  get state() {
    return this.#leg?.state ?? "new";
  }

  /** Was there a connection, and does it carry nothing now? */
  get broken() {
    return !["new", "connecting", "connected"].includes(this.state);
  }

  // Lifecycle

  /** Makes the offer now, so that joining need not wait for it. */
  prepare() {
    this.#spare ??= this.#make();
  }

  /** (Re)connects: the connection there is goes on carrying until the new one does. */
  async connect() {
    this.#wanted = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#doubt);
    clearTimeout(this.#unheard);
    if (this.#building) {
      this.#again = true;
      return;
    }
    this.#building = true;
    const leg = this.#next();
    try {
      // An offer made ahead leaves at once, before the page draws what has changed.
      if (!leg.sdp) await leg.offered;
      const answer = await this.ask(leg.sdp);
      this.#spare = null;
      await leg.accept(answer);
      if (!this.#leg) this.#adopt(leg);
      await leg.connected();
      if (this.#wanted) this.#adopt(leg);
      this.#failures = 0;
    } catch {
      this.#fail(leg);
    }
    this.#building = false;
    if (!this.#wanted) leg.close();
    else if (this.#again) this.#rebuild();
  }

  /** The server says it hears nothing from here. A young connection is given time to start. */
  doubt() {
    clearTimeout(this.#unheard);
    const young = YOUNG_MS - (performance.now() - this.#adoptedAt);
    this.#unheard = setTimeout(() => this.#rebuild(), Math.max(0, young));
  }

  /** ... and now that it does. */
  trust() {
    clearTimeout(this.#unheard);
  }

  close() {
    this.#wanted = this.#again = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#doubt);
    clearTimeout(this.#unheard);
    this.#leg?.close();
    this.#spare?.close();
    this.#leg = this.#spare = null;
    this.#fill(null);
  }

  // Actions

  /** @param {Source} source @param {MediaStreamTrack | null} track */
  send(source, track) {
    this.#tracks[source] = track;
    for (const leg of [this.#leg, this.#spare]) leg?.send(source, track);
  }

  /**
   * How much is sent from now on.
   * @param {Shape} shape
   */
  shape(shape) {
    this.#shape = shape;
    for (const leg of [this.#leg, this.#spare]) leg?.shape(shape);
  }

  /**
   * What cameras are to send; a connection that prefers another codec is made anew.
   * @param {Codec} codec
   */
  prefer(codec) {
    if (codec === this.#codec) return;
    this.#codec = codec;
    if (this.#leg || this.#building) this.#rebuild();
  }

  /** What the browser measures (W3C webrtc-stats), or nothing before there is a connection. */
  async stats() {
    return (await this.#leg?.stats()) ?? new Map();
  }

  // Private

  /** What was made ahead, unless another codec is wanted by now. */
  #next() {
    if (this.#spare && this.#spare.codec !== this.#codec) {
      this.#spare.close();
      this.#spare = null;
    }
    return (this.#spare ??= this.#make());
  }

  #make() {
    const leg = new Leg(this.#shape, this.#codec, this.iceServers);
    for (const source of /** @type {Source[]} */ (Object.keys(this.#tracks))) {
      leg.send(source, this.#tracks[source]);
    }
    leg.addEventListener("change", () => this.#watch(leg));
    return leg;
  }

  #rebuild() {
    this.#again = false;
    if (this.#wanted) this.connect();
  }

  /** @param {Leg} leg */
  #adopt(leg) {
    const old = this.#leg;
    if (old === leg) return;
    this.#leg = leg;
    this.#adoptedAt = performance.now();
    for (const source of /** @type {Source[]} */ (Object.keys(this.#tracks))) {
      leg.send(source, this.#tracks[source]);
    }
    this.#fill(leg);
    old?.close();
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Leg | null} leg */
  #fill(leg) {
    this.seats.forEach(({ sound, picture }, seat) => {
      exchange(sound, leg?.sounds[seat]);
      exchange(picture, leg?.pictures[seat]);
    });
    exchange(this.screen, leg?.screen);
    this.dispatchEvent(new Event("seats"));
  }

  /** @param {Leg} leg */
  #fail(leg) {
    if (leg === this.#leg) this.#leg = null;
    if (leg !== this.#spare) leg.close();
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    if (this.#wanted) this.#retry = setTimeout(() => this.#rebuild(), wait);
  }

  /** @param {Leg} leg */
  #watch(leg) {
    if (leg !== this.#leg) return;
    clearTimeout(this.#doubt);
    if (leg.state === "failed") this.#rebuild();
    if (leg.state === "disconnected") {
      this.#doubt = setTimeout(() => this.#rebuild(), DISCONNECTED_MS);
    }
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {MediaStream} stream @param {MediaStreamTrack | undefined} track */
function exchange(stream, track) {
  if (track) stream.addTrack(track);
  for (const old of stream.getTracks()) if (old !== track) stream.removeTrack(old);
}
