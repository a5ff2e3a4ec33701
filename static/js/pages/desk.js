/** The desk's live part: who is waiting now, for how long, and the button to answer. */

import { Connection } from "../protocol.js";
import { clock, elapsed, timeIn } from "../model/clock.js";

/** @typedef {import("../messages.js").FromServer} FromServer */
/** @typedef {import("../messages.js").WaitingGuest} WaitingGuest */

const section = /** @type {HTMLElement} */ (document.getElementById("waiting"));
const template = /** @type {HTMLTemplateElement} */ (document.getElementById("guest"));
const zoneHere = section.dataset.zoneHere ?? "UTC";
const title = document.title;
const connection = new Connection("/socket", { side: "staff", session: null, memory: "desk" });

/** @type {WaitingGuest[]} */
let waiting = [];

/** @param {ParentNode} parent @param {string} name */
function part(parent, name) {
  return /** @type {HTMLElement} */ (parent.querySelector(`[data-${name}]`));
}

/** @param {FromServer} message */
function hear(message) {
  if (message.type === "welcome" || message.type === "pong") clock.set(message.server_time);
  if (message.type === "desk") show(message.waiting);
}

/** @param {WaitingGuest[]} now */
function show(now) {
  const before = new Set(waiting.map((guest) => guest.participant));
  const come = now.filter((guest) => !before.has(guest.participant));
  waiting = [...now].sort((a, b) => a.since.localeCompare(b.since));
  const list = part(section, "list");
  const rows = new Map([...list.children].map((row) => [row.id, row]));
  list.replaceChildren(...waiting.map((guest) => rows.get(`waits-${guest.participant}`) ?? row(guest)));
  part(section, "nobody").hidden = waiting.length > 0;
  if (come.length) part(section, "said").textContent = come.map(({ name, place }) => `${name}, ${place}`).join("; ");
  document.title = waiting.length ? `(${waiting.length}) ${title}` : title;
  const count = /** @type {HTMLElement} */ (document.querySelector("[data-waiting-count]"));
  count.textContent = `${waiting.length}`;
  count.hidden = waiting.length === 0;
  tick();
}

/** @param {WaitingGuest} guest */
function row(guest) {
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const item = /** @type {HTMLElement} */ (copy.firstElementChild);
  item.id = `waits-${guest.participant}`;
  for (const name of /** @type {const} */ (["name", "place", "title", "ticket"])) {
    part(item, name).textContent = guest[name];
  }
  /** @type {HTMLAnchorElement} */ (part(item, "answer")).href = `/sessions/${guest.session}`;
  return item;
}

function tick() {
  for (const guest of waiting) {
    const item = document.getElementById(`waits-${guest.participant}`);
    if (!item) continue;
    part(item, "waited").textContent = elapsed(clock.since(guest.since));
    part(item, "there").textContent = timeIn(guest.zone);
    part(item, "here-now").textContent = timeIn(zoneHere);
  }
}

function showLine() {
  for (const tag of section.querySelectorAll("[data-line]")) {
    const open = /** @type {HTMLElement} */ (tag).dataset.line === "open";
    /** @type {HTMLElement} */ (tag).hidden = open ? connection.state !== "open" : connection.failures === 0;
  }
}

connection.addEventListener("message", (event) => hear(/** @type {CustomEvent} */ (event).detail));
connection.addEventListener("state", showLine);
connection.addEventListener("refused", () => location.assign("/sign-in"));
clock.addEventListener("tick", tick);
addEventListener("pagehide", () => connection.close());
addEventListener("pageshow", () => connection.open());
