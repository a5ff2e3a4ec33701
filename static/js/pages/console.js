/** The engineer's console: the picture, the people, the steps, and everything one key away. */

import "../elements/announcer.js";
import "../elements/banner.js";
import "../elements/clocks.js";
import "../elements/consent.js";
import "../elements/console-bar.js";
import "../elements/farewell.js";
import "../elements/guests.js";
import "../elements/invite.js";
import "../elements/keys.js";
import "../elements/line-chip.js";
import "../elements/notices.js";
import "../elements/people.js";
import "../elements/photo-pop.js";
import "../elements/photo-strip.js";
import "../elements/rec.js";
import "../elements/recording-pop.js";
import "../elements/rung.js";
import "../elements/sound.js";
import "../elements/stage.js";
import "../elements/step-list.js";
import "../elements/step-now.js";
import { listenForKeys } from "../elements/keys.js";
import { Part } from "../elements/part.js";
import { draw, h } from "../elements/view.js";
import { canCall } from "../model/browser.js";
import { Call } from "../model/call.js";
import { language, t } from "../model/language.js";
import { readPage } from "../model/page.js";

/** @typedef {import("../elements/pop.js").Pop} Pop */
/** @typedef {import("../elements/photo-pop.js").PhotoPop} PhotoPop */
/** @typedef {import("../elements/step-now.js").StepNow} StepNow */
/** @typedef {import("../elements/console-bar.js").ConsoleBar} ConsoleBar */

const OVER = ["elsewhere", "replaced", "turned-away", "ended", "left", "refused"];

class ConsolePage extends Part {
  connectedCallback() {
    if (this.call.consent !== null) this.call.enter();
    super.connectedCallback();
    const bar = () => /** @type {ConsoleBar | null} */ (this.querySelector("farhand-console-bar"));
    const step = () => /** @type {StepNow | null} */ (this.querySelector("farhand-step-now"));
    listenForKeys({
      m: () => bar()?.microphone(),
      v: () => bar()?.camera(),
      f: () => bar()?.photo(),
      d: () => step()?.done(),
      p: () => step()?.note("problem"),
      s: () => step()?.note("skipped"),
      i: () => this.#open("farhand-invite"),
      "?": () => this.#open("farhand-keys"),
    });
  }

  redraw() {
    const { phase, page, consent } = this.call;
    document.title = `${page.ticket.reference} · Farhand`;
    if (phase === "ended" && page.ticket.url) location.assign(page.ticket.url);
    if (OVER.includes(phase)) draw(this, [h("farhand-farewell", { key: "over", call: this.call })]);
    else if (phase === "before" && consent === null) draw(this, [this.#asking()]);
    else draw(this, this.#console());
  }

  #asking() {
    const { call } = this;
    return h(
      "div",
      { key: "asking", class: "console-asking" },
      h("p", { class: "soft" }, `${call.page.ticket.reference} · ${call.page.ticket.title}`),
      h("h1", {}, t("Before you go in")),
      h("farhand-consent", { call, url: `/sessions/${call.page.session}/consent`, answered: () => call.enter() }),
    );
  }

  #console() {
    const { call } = this;
    const { page } = call;
    return [
      h("header", { key: "head", class: "console-head" },
        h("a", { class: "strong", href: page.ticket.url }, page.ticket.reference),
        h("h1", { class: "soft clip" }, [page.ticket.title, page.machine, page.place].filter(Boolean).join(" · ")),
        h("farhand-clocks", { call })),
      h("div", { key: "stage", class: "console-stage" },
        h("farhand-stage", { call }),
        this.#top(),
        h("farhand-sound", { call }),
        h("farhand-console-bar", { call, invite: () => this.#open("farhand-invite"), help: () => this.#open("farhand-keys") })),
      h("aside", { key: "aside", class: "console-aside", "aria-label": t("Steps and people") },
        h("farhand-step-now", { call }),
        h("farhand-step-list", { call, tabindex: 0, role: "region", "aria-label": t("Steps") }),
        h("farhand-photo-strip", { call, open: (/** @type {string} */ id) => this.#large(id) }),
        h("farhand-people", { call })),
      h("farhand-announcer", { key: "announcer", call }),
      h("farhand-recording-pop", { key: "recording", call }),
      h("farhand-invite", { key: "invite", call }),
      h("farhand-photo-pop", { key: "photo", call }),
      h("farhand-keys", { key: "keys", call }),
    ];
  }

  #top() {
    const { call } = this;
    const other = call.room.customer ?? call.room.others[0];
    return h("div", { class: "console-top" },
      h("div", { class: "row wrap" },
        h("farhand-rec", { call, detailed: true, open: () => this.#open("farhand-recording-pop") }),
        h("span", { class: "grow" }),
        other && h("farhand-line", { key: other.id, call, who: other.id, detailed: true }),
        other && h("farhand-rung", { key: `rung ${other.id}`, call, who: other.id }),
        h("farhand-line", { key: "me", call, detailed: true }),
        h("farhand-rung", { key: "my rung", call })),
      h("farhand-notices", { call }),
      h("farhand-guests", { call }),
      h("farhand-banner", { call }));
  }

  /** @param {string} id of a photo */
  #large(id) {
    /** @type {PhotoPop | null} */ (this.querySelector("farhand-photo-pop"))?.open(id);
  }

  /** @param {string} name */
  #open(name) {
    /** @type {Pop | null} */ (this.querySelector(name))?.show();
  }
}

customElements.define("farhand-console", ConsolePage);

const page = readPage();
await language.begin(page.language);
const main = document.querySelector("main");
if (!canCall()) {
  main?.querySelector("[hidden]")?.removeAttribute("hidden");
} else {
  const element = /** @type {ConsolePage} */ (document.createElement("farhand-console"));
  element.call = new Call(page);
  main?.replaceChildren(element);
}
