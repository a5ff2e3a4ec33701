/** One's own devices and the connection that carries them: what is on is sent. */

import { Peer } from "../peer.js";
import { SHOTS } from "./camera.js";
import { Devices } from "./devices.js";

/** Bits a second: the customer shows the machine, the engineer a face. */
const CAMERA_BITRATE = { guest: 1_500_000, staff: 400_000 };

export class Media {
  /**
   * @param {"guest" | "staff"} side
   * @param {(sdp: string) => Promise<string>} ask gives the server's answer to an offer
   * @param {RTCIceServer[]} iceServers
   */
  constructor(side, ask, iceServers) {
    this.devices = new Devices(side === "guest" ? SHOTS.machine : SHOTS.face);
    this.peer = new Peer(ask, CAMERA_BITRATE[side], iceServers);
    this.devices.addEventListener("change", () => this.#send());
  }

  /** Everything a call needs, ahead of it: the offer, the camera, the microphone. */
  prepare() {
    this.peer.prepare();
    if (!this.devices.opened && !this.devices.asking) this.devices.open();
  }

  close() {
    this.peer.close();
    this.devices.close();
  }

  #send() {
    const { camera, microphone, screen } = this.devices;
    this.peer.send("camera", camera.on ? camera.track : null);
    this.peer.send("microphone", microphone.outgoing);
    this.peer.send("screen", screen.track);
  }
}
