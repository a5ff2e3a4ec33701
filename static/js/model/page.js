/** What the server has put into the page as data. */

/**
 * @typedef {{id: string, name: string, consent: boolean | null}} Self
 * @typedef {{side: "guest" | "staff", language: string, participant: Self,
 *   ticket: {reference: string, title: string, url?: string}, machine: string, place: string,
 *   clocks: import("../messages.js").ClockPlace[], consent: {version: string}, socket: string,
 *   ice_servers: RTCIceServer[], not_recorded: import("../messages.js").RecordingState["why"],
 *   state?: "ready" | "ended", languages?: {code: string, name: string}[],
 *   caller?: {name: string, organisation: string}, session?: string, invite_url?: string,
 *   site_language?: string, procedures?: {key: string, title: string}[]}} Page
 */

/** @returns {Page} */
export function readPage() {
  return JSON.parse(document.getElementById("page")?.textContent ?? "{}");
}

/**
 * Sends JSON to the server and gives its JSON back, if any. Throws an Error with a sentence for
 * the person when the server refuses, and a TypeError when it cannot be reached.
 * @param {string} url
 * @param {object} body
 * @returns {Promise<any>}
 */
export async function post(url, body) {
  const reply = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const json = reply.headers.get("Content-Type")?.includes("json") ? await reply.json() : null;
  if (!reply.ok) throw new Error(json?.message ?? reply.statusText);
  return json;
}
