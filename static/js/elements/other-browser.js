/** For a browser that cannot make the call: why, and how to get to one that can. */

import { t } from "../model/language.js";
import { canCall, judgeBrowser, wayOut } from "../model/browser.js";
import "./copy.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class OtherBrowser extends Part {
  /**
   * Go on regardless, where the browser might do after all.
   * @type {() => void}
   */
  goOn = () => undefined;

  view() {
    const { link } = this.call.page;
    const out = link ? wayOut(link) : null;
    return h(
      "section",
      { class: "farewell other-browser", "aria-labelledby": "other-title" },
      h("span", { class: "farewell-sign" }, h("farhand-icon", { name: "camera-off" })),
      h("h1", { id: "other-title" }, this.#title()),
      h("p", { class: "soft" }, this.#why()),
      h("ol", { class: "other-steps" },
        h("li", {}, t("Go back to the message with the link.")),
        h("li", {}, t("Press the link for a moment, then choose to open it in the browser: Chrome, Safari or Samsung Internet.")),
        link && h("li", {}, t("Or copy the link and paste it into the browser."))),
      link && h("farhand-copy", { text: link }),
      out && h("a", { class: "btn next large wide", href: out }, t("Open in the browser")),
      canCall() && h("button", { type: "button", class: "btn link", onclick: () => this.goOn() }, t("Try it here anyway")),
    );
  }

  #title() {
    return judgeBrowser() === "built-in" ? t("Please open this in your browser") : t("This browser cannot make the call");
  }

  #why() {
    switch (judgeBrowser()) {
      case "built-in":
        return t("You are inside another app. There the camera and the microphone often do not work.");
      case "insecure":
        return t("The camera works only on a secure page. The address must begin with https://.");
      default:
        return t("It has no camera or microphone for web pages, or is too old.");
    }
  }
}

customElements.define("farhand-other-browser", OtherBrowser);
