/** What every staff page does: clocks that go, menus that close, forms that are sent once. */

import { clock, timeIn } from "../model/clock.js";
import { language } from "../model/language.js";

/** A form that has not led anywhere after this long may be sent again. */
const SENT_MS = 8_000;

language.code = document.documentElement.lang;
if (document.body.dataset.now) clock.set(document.body.dataset.now);

function showClocks() {
  for (const time of document.querySelectorAll("time[data-zone]")) {
    const now = timeIn(/** @type {HTMLElement} */ (time).dataset.zone ?? "UTC");
    if (time.textContent !== now) time.textContent = now;
  }
}

/** @param {SubmitEvent} event */
function sendOnce(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("data-busy", "");
  setTimeout(() => forgetSent(form), SENT_MS);
}

/** @param {HTMLFormElement} form */
function forgetSent(form) {
  delete form.dataset.sent;
  form.querySelector("[data-busy]")?.removeAttribute("data-busy");
}

/** @param {Event} event */
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const escape = event instanceof KeyboardEvent && event.key === "Escape";
    const outside = !(event instanceof KeyboardEvent) && !menu.contains(/** @type {Node} */ (event.target));
    if (!escape && !outside) continue;
    menu.removeAttribute("open");
    if (escape) menu.querySelector("summary")?.focus();
  }
}

for (const here of document.querySelectorAll("input[data-here]")) {
  /** @type {HTMLInputElement} */ (here).value = location.pathname + location.search;
}
clock.addEventListener("tick", showClocks);
document.addEventListener("submit", sendOnce);
document.addEventListener("pointerdown", closeMenus);
document.addEventListener("keydown", closeMenus);
addEventListener("pageshow", () => document.querySelectorAll("form").forEach(forgetSent));
