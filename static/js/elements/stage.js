/** All pictures of the call: one large, the others small beside it; a tap exchanges them. */

import { t } from "../model/language.js";
import { Part } from "./part.js";
import "./tile.js";
import { draw, h } from "./view.js";

/** More small pictures than this are drawn smaller. */
const FEW = 2;

export class Stage extends Part {
  sources() {
    return [this.call.devices];
  }

  /** Everything there is to see, in an order that does not change while people stay. */
  get all() {
    const { room } = this.call;
    const others = [...room.others].sort((a, b) => a.since.localeCompare(b.since));
    return [...(room.state?.seating.screen ? ["screen"] : []), ...others.map(({ id }) => id), "me"];
  }

  /** What the person chose, else what is worked on: a shared screen, the machine. */
  get large() {
    const { large, room, page, devices } = this.call;
    const { all } = this;
    if (large && all.includes(large)) return large;
    if (all.includes("screen")) return "screen";
    if (page.side === "staff") return room.customer?.id ?? all[0] ?? "me";
    return devices.camera.on ? "me" : room.engineer?.id ?? "me";
  }

  redraw() {
    const { all, large } = this;
    const small = all.filter((who) => who !== large);
    if (this.call.page.side === "staff") small.reverse();
    this.dataset.small = small.length > FEW ? "many" : "few";
    draw(this, [
      all.map((who) =>
        h("farhand-tile", {
          key: who, call: this.call, who, large: who === large,
          class: who === large ? `tile large ${fit(who, this.call.page.side)}` : "tile small",
          style: { "--nth": Math.max(0, small.indexOf(who)) },
        }),
      ),
      all.length === 1 && this.call.phase === "in" && h("p", { class: "stage-alone" }, this.alone()),
    ]);
    for (const tile of this.querySelectorAll("farhand-tile")) {
      /** @type {Part} */ (tile).plan();
    }
  }

  alone() {
    return this.call.page.side === "staff"
      ? t("Nobody else is here yet. Send the invitation, or wait for the customer.")
      : t("Waiting for the engineer. Keep this page open.");
  }
}

/**
 * A screen is shown whole, and to staff a camera too: they must see all that the camera sees.
 * @param {string} who
 * @param {"staff" | "guest"} side
 */
function fit(who, side) {
  return who === "screen" || side === "staff" ? "whole" : "";
}

customElements.define("farhand-stage", Stage);
