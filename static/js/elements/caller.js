/** Who is calling, from where, and what about. */

import { t } from "../model/language.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class Caller extends Part {
  view() {
    const { caller, ticket, machine, place } = this.call.page;
    return h(
      "header",
      { class: "caller" },
      h("p", { class: "soft" }, t("Video call with")),
      h("h1", {}, caller?.name ?? ""),
      h("p", { class: "caller-from" }, caller?.organisation ?? ""),
      h("div", { class: "caller-about" },
        h("p", { class: "strong" }, ticket.title),
        h("p", { class: "soft" }, [machine, place].filter(Boolean).join(" · ")),
        h("p", { class: "soft small" }, ticket.reference)),
    );
  }
}

customElements.define("farhand-caller", Caller);
