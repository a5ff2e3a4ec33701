/** What time it is there and here, each with the name of its place. */

import { dayIn, timeIn } from "../model/clock.js";
import { Part } from "./part.js";
import { h } from "./view.js";

export class Clocks extends Part {
  static ticking = true;

  view() {
    const places = this.call.room.state?.clocks ?? this.call.page.clocks;
    const days = new Set(places.map(({ zone }) => dayIn(zone)));
    return h(
      "span",
      { class: "clocks" },
      places.map(({ label, zone }) =>
        h("span", { class: "clock", key: zone }, `${label} `, h("b", {}, timeIn(zone)),
          days.size > 1 && h("span", { class: "soft" }, ` ${dayIn(zone)}`)),
      ),
    );
  }
}

customElements.define("farhand-clocks", Clocks);
