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
/** Whether what is shown is what the server knows now. */
let live = false;

/** @param {ParentNode} parent @param {string} name */
function part(parent, name) {
  return /** @type {HTMLElement} */ (parent.querySelector(`[data-${name}]`));
}

/** @param {FromServer} message */
function hear(message) {
  if (message.type === "welcome" || message.type === "pong") clock.set(message.server_time);
  if (message.type !== "desk") return;
  live = true;
  show(message.waiting);
  showLine();
}

/** @param {WaitingGuest[]} now */
function show(now) {
  const before = new Set(waiting.map((guest) => guest.participant));
  const come = now.filter((guest) => !before.has(guest.participant));
  waiting = [...now].sort((a, b) => a.since.localeCompare(b.since));
  const list = part(section, "list");
  const rows = new Map([...list.children].map((row) => [row.id, row]));
  list.replaceChildren(...waiting.map((guest) => rows.get(`waits-${guest.participant}`) ?? row(guest)));
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
  part(section, "line=open").hidden = !live;
  part(section, "line=lost").hidden = live || connection.failures === 0;
  part(section, "nobody").hidden = !live || waiting.length > 0;
}

function changed() {
  if (connection.state === "waiting" || connection.state === "closed") live = false;
  showLine();
}

connection.addEventListener("message", (event) => hear(/** @type {CustomEvent} */ (event).detail));
connection.addEventListener("state", changed);
connection.addEventListener("refused", () => location.assign("/sign-in"));
clock.addEventListener("tick", tick);
addEventListener("pagehide", () => connection.close());
addEventListener("pageshow", () => connection.open());
