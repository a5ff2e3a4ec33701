/** Plays everybody's voice. Where the browser wants a tap before it plays sound, it asks for one. */

import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { draw, h } from "./view.js";

export class Sound extends Part {
  #refused = false;

  sources() {
    return [this.call.peer];
  }

  redraw() {
    const { room, peer } = this.call;
    const heard = peer.seats
      .map(({ sound }, seat) => ({ seat, sound, id: room.state?.seating.seats[seat] }))
      .filter(({ id }) => id);
    draw(this, [
      heard.map(({ seat, sound }) => h("audio", { key: seat, autoplay: true, srcObject: sound })),
      this.#refused &&
        h(
          "button",
          { key: "tap", type: "button", class: "sound-tap", onclick: () => this.#play() },
          h("farhand-icon", { name: "sound" }),
          t("Tap to hear"),
        ),
    ]);
    this.#play();
  }

  async #play() {
    const players = [...this.querySelectorAll("audio")].filter(({ paused }) => paused);
    const results = await Promise.allSettled(players.map((player) => player.play()));
    const refused = results.some(
      (result) => result.status === "rejected" && result.reason?.name === "NotAllowedError",
    );
    if (players.length === 0 || refused === this.#refused) return;
    this.#refused = refused;
    this.plan();
  }
}

customElements.define("farhand-sound", Sound);
