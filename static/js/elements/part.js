/** What the elements of the call page have in common: they draw what the call is, when it changes. */

import { clock } from "../model/clock.js";
import { language } from "../model/language.js";
import { draw } from "./view.js";

/** @typedef {import("./view.js").Child} Child */
/** @typedef {import("../model/call.js").Call} Call */

export class Part extends HTMLElement {
  /** Redrawn every second too? */
  static ticking = false;
  /** @type {Call | null} */
  #call = null;
  /** @type {AbortController | null} */
  #off = null;
  #planned = false;

  get call() {
    if (!this.#call) throw new Error("drawn before it was given its call");
    return this.#call;
  }

  set call(call) {
    this.#call = call;
  }

  /**
   * What else to redraw for.
   * @returns {EventTarget[]}
   */
  sources() {
    return [];
  }

  connectedCallback() {
    this.#off = new AbortController();
    const { signal } = this.#off;
    for (const source of [language, this.#call, ...this.sources()]) {
      source?.addEventListener("change", this.plan, { signal });
    }
    if (/** @type {typeof Part} */ (this.constructor).ticking) {
      clock.addEventListener("tick", this.plan, { signal });
    }
    this.redraw();
  }

  disconnectedCallback() {
    this.#off?.abort();
  }

  /** Many changes at once are drawn once. */
  plan = () => {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      if (this.isConnected) this.redraw();
    });
  };

  redraw() {
    draw(this, [this.view()]);
  }

  /**
   * What the element looks like now.
   * @returns {Child}
   */
  view() {
    return null;
  }
}
