/** One's own devices and the connection that carries them: what is on is sent, as the line allows. */

import { Peer } from "../peer.js";
import { SHOTS } from "./camera.js";
import { Devices } from "./devices.js";
import { sendsVideo, shapeOf } from "./ladder.js";

/** @typedef {import("../messages.js").Rung} Rung */

export class Media {
  /** @type {Rung} */
  rung = "full";

  /**
   * @param {"guest" | "staff"} side
   * @param {(sdp: string) => Promise<string>} ask gives the server's answer to an offer
   * @param {RTCIceServer[]} iceServers
   */
  constructor(side, ask, iceServers) {
    this.side = side;
    this.devices = new Devices(side === "guest" ? SHOTS.machine : SHOTS.face);
    this.peer = new Peer(ask, shapeOf(this.rung, side), iceServers);
    this.devices.addEventListener("change", () => this.#send());
  }

  /** Does a picture go out at this moment? */
  get sendsVideo() {
    return sendsVideo(this.rung) && this.devices.camera.on;
  }

  /** Everything a call needs, ahead of it: the offer, the camera, the microphone. */
  prepare() {
    this.peer.prepare();
    if (!this.devices.opened && !this.devices.asking) this.devices.open();
  }

  /**
   * Obeys the ladder: the camera stays open on every rung.
   * @param {Rung} rung
   */
  obey(rung) {
    if (rung === this.rung) return;
    this.rung = rung;
    this.peer.shape(shapeOf(rung, this.side));
    this.#send();
  }

  close() {
    this.peer.close();
    this.devices.close();
  }

  #send() {
    const { camera, microphone, screen } = this.devices;
    const video = sendsVideo(this.rung);
    // Few frames are to show text and edges; the browser then spends its bits on those.
    if (camera.track) camera.track.contentHint = this.rung === "low" ? "detail" : "";
    this.peer.send("camera", video && camera.on ? camera.track : null);
    this.peer.send("microphone", microphone.outgoing);
    this.peer.send("screen", video ? screen.track : null);
  }
}
