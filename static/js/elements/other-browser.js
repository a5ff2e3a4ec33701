/** For a browser that cannot make the call: why, and how to get to one that can. */

import { t } from "../model/language.js";
import { judgeBrowser } from "../model/browser.js";
import "./hand-over.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class OtherBrowser extends Part {
  view() {
    const insecure = judgeBrowser() === "insecure";
    return h(
      "section",
      { class: "farewell other-browser", "aria-labelledby": "other-title" },
      h("span", { class: "farewell-sign" }, h("farhand-icon", { name: "camera-off" })),
      h("h1", { id: "other-title" }, t("This browser cannot make the call")),
      h("p", { class: "soft" }, insecure
        ? t("The camera works only on a secure page. The address must begin with https://.")
        : t("It has no camera or microphone for web pages, or is too old.")),
      !insecure && h("farhand-hand-over", { call: this.call }),
    );
  }
}

customElements.define("farhand-other-browser", OtherBrowser);
