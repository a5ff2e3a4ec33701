/** What is recorded now, why, and one's own say in it. */

import { t } from "../model/language.js";
import { Pop } from "./pop.js";
import { signSentence } from "./rec.js";
import { h } from "./view.js";

export class RecordingPop extends Pop {
  static ticking = true;

  heading() {
    return t("Recording");
  }

  body() {
    const agreed = this.call.consent === true;
    const choose = () => this.call.agree(!agreed).then(() => this.close());
    return [
      h("p", {}, signSentence(this.call)),
      h("p", { class: "soft" }, t("What is kept: picture and sound of everybody, the steps and the notes, so that the work can be checked later.")),
      h("p", { class: "soft" }, agreed
        ? t("You have agreed. You can withdraw at any time: the recording stops for everybody, the call goes on.")
        : t("You have not agreed. Nothing of this call is recorded until everybody agrees.")),
      h("button", { type: "button", class: agreed ? "btn" : "btn next", onclick: choose },
        agreed ? t("Stop recording") : t("I agree to record")),
    ];
  }
}

customElements.define("farhand-recording-pop", RecordingPop);
