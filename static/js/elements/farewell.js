/** Where the call is not: ended, left, in another tab, refused; and the one way on from there. */

import { t } from "../model/language.js";
import "./icon.js";
import { Part } from "./part.js";
import { h } from "./view.js";

/** @typedef {{icon: string, title: string, text: string, next?: {label: string, act: () => void}}} Words */

export class Farewell extends Part {
  view() {
    const { ticket, side } = this.call.page;
    const { icon, title, text, next } = this.#words();
    const staff = side === "staff" && ticket.url;
    return h(
      "section",
      { class: "farewell", "aria-labelledby": "farewell-title" },
      h("span", { class: "farewell-sign" }, h("farhand-icon", { name: icon })),
      h("h1", { id: "farewell-title", tabindex: -1 }, title),
      h("p", { class: "soft" }, text),
      next && h("button", { type: "button", class: "btn next large", onclick: next.act }, next.label),
      staff && h("a", { class: "btn large", href: ticket.url }, t("Back to the ticket")),
    );
  }

  /** @returns {Words} */
  #words() {
    const back = (/** @type {string} */ label, takeOver = false) => ({ label, act: () => this.call.enter(takeOver) });
    const name = this.call.page.caller?.name ?? "";
    switch (this.call.phase) {
      case "elsewhere":
        return { icon: "copy", title: t("This call is open in another tab"), text: t("You can go on there, or bring it here. It is never in two places at once."), next: back(t("Continue here"), true) };
      case "replaced":
        return { icon: "copy", title: t("The call goes on in another tab"), text: t("You can close this one, or bring the call back here."), next: back(t("Continue here"), true) };
      case "turned-away":
        return { icon: "door", title: t("You were not let in"), text: name ? t("{name} could not take the call now. Please ask for a new time by message or phone.", { name }) : t("Please ask for a new time."), next: back(t("Ask again")) };
      case "left":
        return { icon: "door", title: t("You have left the call"), text: t("The session goes on. You can come back at any time."), next: back(t("Come back")) };
      case "refused":
        return { icon: "problem", title: t("The call could not be opened"), text: this.call.refusal || t("Please try again."), next: back(t("Try again")) };
      default:
        return { icon: "check", title: t("The session has ended"), text: this.call.page.side === "staff" ? t("The recording and the steps are on the ticket.") : t("Thank you. You can close this page now.") };
    }
  }
}

customElements.define("farhand-farewell", Farewell);
