/** The customer's page: from the invitation to the call and out of it, without a reload. */

import "../elements/announcer.js";
import "../elements/banner.js";
import "../elements/caller.js";
import "../elements/check.js";
import "../elements/consent.js";
import "../elements/controls.js";
import "../elements/farewell.js";
import "../elements/heard.js";
import "../elements/language-choice.js";
import "../elements/line-chip.js";
import "../elements/lobby.js";
import "../elements/notices.js";
import "../elements/other-browser.js";
import "../elements/outbox-note.js";
import "../elements/photo-sign.js";
import "../elements/rec.js";
import "../elements/recording-pop.js";
import "../elements/rung.js";
import "../elements/sound.js";
import "../elements/stage.js";
import "../elements/step-sheet.js";
import { Part } from "../elements/part.js";
import { draw, h } from "../elements/view.js";
import { judgeBrowser } from "../model/browser.js";
import { Call } from "../model/call.js";
import { whyNotRecorded } from "../model/disk.js";
import { language, t } from "../model/language.js";
import { readPage } from "../model/page.js";

const CONSENT_URL = "/join/consent";

class JoinPage extends Part {
  #usable = judgeBrowser() === "fine";
  #scene = "";

  sources() {
    return [this.call.devices];
  }

  connectedCallback() {
    const { page, interrupted, consent } = this.call;
    const ready = this.#usable && page.state !== "ended" && consent !== null;
    if (ready && interrupted) this.call.enter();
    else if (ready) this.#prepare();
    super.connectedCallback();
  }

  redraw() {
    const scene = this.#find();
    draw(this, [
      h("div", { key: scene, class: `scene ${scene}` }, this.#view(scene)),
      scene !== "calling" && h("farhand-outbox", { key: "outbox", class: "outbox-floats", call: this.call }),
    ]);
    if (scene === this.#scene) return;
    if (this.#scene) this.querySelector("h1")?.focus();
    this.#scene = scene;
    document.title = `${this.call.page.ticket.reference} · Farhand`;
  }

  #find() {
    const { phase, page, consent } = this.call;
    if (page.state === "ended" && phase === "before") return "over";
    if (!this.#usable) return "unusable";
    if (phase === "before") return consent === null ? "asking" : "checking";
    if (phase === "connecting" || phase === "lobby") return "waiting";
    return phase === "in" ? "calling" : "over";
  }

  /** @param {string} scene */
  #view(scene) {
    const { call } = this;
    switch (scene) {
      case "unusable":
        return [h("farhand-language", { call }), h("farhand-other-browser", { call })];
      case "asking":
        return this.#asking();
      case "checking":
        return this.#checking();
      case "waiting":
        return h("farhand-lobby", { call });
      case "calling":
        return this.#calling();
      default:
        return h("farhand-farewell", { call });
    }
  }

  #asking() {
    const { call } = this;
    return [
      h("farhand-language", { call }),
      h("farhand-caller", { call }),
      h("farhand-consent", { call, url: CONSENT_URL, answered: () => this.#prepare() }),
    ];
  }

  #checking() {
    const { call } = this;
    const { camera, asking, slow } = call.devices;
    const hopeful = asking && !slow;
    return [
      h("div", { class: "row checking-head" },
        h("h1", { class: "grow", tabindex: -1 }, t("Quick check")),
        h("farhand-language", { call })),
      h("farhand-check", { call }),
      h("div", { class: "join-foot" },
        h("p", { class: "soft" }, call.consent
          ? whyNotRecorded(call.page.not_recorded) || t("The call will be recorded, as you agreed.")
          : t("The call will not be recorded.")),
        h("button", { type: "button", class: "choice next", disabled: hopeful, onclick: () => call.enter() },
          camera.on || hopeful ? t("Join") : t("Join without camera"))),
    ];
  }

  #calling() {
    const { call } = this;
    const open = () => /** @type {import("../elements/recording-pop.js").RecordingPop | null} */ (this.querySelector("farhand-recording-pop"))?.show();
    return [
      h("h1", { class: "hidden-visually", tabindex: -1 }, t("Call with {name}", { name: call.page.caller?.name ?? "" })),
      h("farhand-stage", { call }),
      h("div", { class: "call-top" },
        h("farhand-rec", { call, open }),
        h("farhand-heard", { call }),
        h("span", { class: "grow" }),
        h("farhand-line", { call }),
        h("farhand-rung", { call }),
        h("farhand-language", { call, class: "compact" })),
      h("div", { class: "news" },
        h("farhand-notices", { call }),
        h("farhand-banner", { call })),
      h("farhand-sound", { call }),
      h("farhand-photo-sign", { call }),
      h("div", { class: "sheet" },
        h("farhand-outbox", { call }),
        h("farhand-step-sheet", { call }),
        h("farhand-controls", { call })),
      h("farhand-announcer", { call }),
      h("farhand-recording-pop", { call }),
    ];
  }

  /** Everything that Join will need, while the person looks at the picture. */
  #prepare() {
    this.call.media.prepare();
  }
}

customElements.define("farhand-join", JoinPage);

const page = readPage();
await language.begin(page.language);
const element = /** @type {JoinPage} */ (document.createElement("farhand-join"));
element.call = new Call(page);
document.querySelector("main")?.replaceChildren(element);
