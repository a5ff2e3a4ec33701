/** Says what has changed to who does not see the page. */

import { inLanguage, t } from "../model/language.js";
import { Part } from "./part.js";
import { photoName } from "./photo-name.js";
import { signSentence } from "./rec.js";
import { h } from "./view.js";

export class Announcer extends Part {
  static ticking = true;
  #said = "";
  /**
   * What was the case last time, to hear what is new.
   * @type {Record<string, string>}
   */
  #before = {};

  view() {
    for (const [topic, sentence] of Object.entries(this.#now())) {
      if (this.#before[topic] !== undefined && this.#before[topic] !== sentence && sentence) this.#said = sentence;
      this.#before[topic] = sentence;
    }
    return h("p", { class: "hidden-visually", "aria-live": "polite" }, this.#said);
  }

  #now() {
    const { room } = this.call;
    const { current } = room;
    const newest = room.state?.photos[room.state.photos.length - 1];
    const names = room.others.map(({ name }) => name).join(", ");
    return {
      people: names ? t("In the call: {names}", { names }) : t("You are alone in the call."),
      photo: newest && newest.reason !== "timer" ? photoName(this.call, newest) : "",
      step: current ? t("Step {number}: {title}", { number: current.number, title: inLanguage(current.title) }) : "",
      recording: room.sign === "lit" ? t("The call is being recorded.") : room.sign === "starting" ? "" : signSentence(this.call),
    };
  }
}

customElements.define("farhand-announcer", Announcer);
