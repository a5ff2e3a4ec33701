/**
 * Sends one photo in pieces, going on where a piece was cut: tus 1.0.0, core and creation
 * (https://tus.io/protocols/resumable-upload).
 */

import { ask, Refused } from "./http.js";

/** @typedef {{id: string, participant: string, taken_at: string, reason: string,
 *   bytes: ArrayBuffer}} Sendable */

const URL = "/join/photos";
const VERSION = { "Tus-Resumable": "1.0.0" };
const PIECE_TYPE = "application/offset+octet-stream";
const SHORT_MS = 15_000;
const PIECE_MS = 60_000;

/**
 * Whether the server has it all now; false when something else was to go first. Throws Refused or
 * Later.
 * @param {Sendable} photo
 * @param {import("./pace.js").Pace} pace
 * @param {() => boolean} isNext asked before each piece
 */
export async function sendPhoto(photo, pace, isNext) {
  const { id, participant, taken_at, reason, bytes } = photo;
  const said = Object.entries({ id, participant, taken_at, reason });
  await ask(URL, {
    method: "POST",
    headers: {
      ...VERSION,
      "Upload-Length": `${bytes.byteLength}`,
      "Upload-Metadata": said.map(([key, value]) => `${key} ${btoa(value)}`).join(","),
    },
  }, SHORT_MS);
  const asked = performance.now();
  let at = await arrived(id);
  pace.trip = performance.now() - asked;
  do {
    await pace.turn();
    if (!isNext()) return false;
    at = await sendPiece(id, bytes.slice(at, at + pace.piece), at, pace);
  } while (at < bytes.byteLength);
  return true;
}

/** @param {string} id */
async function arrived(id) {
  const reply = await ask(`${URL}/${id}`, { method: "HEAD", headers: VERSION }, SHORT_MS);
  return Number(reply.headers.get("Upload-Offset"));
}

/**
 * Gives where the next piece begins.
 * @param {string} id
 * @param {ArrayBuffer} body
 * @param {number} at
 * @param {import("./pace.js").Pace} pace
 */
async function sendPiece(id, body, at, pace) {
  const began = performance.now();
  const headers = { ...VERSION, "Content-Type": PIECE_TYPE, "Upload-Offset": `${at}` };
  try {
    const reply = await ask(`${URL}/${id}`, { method: "PATCH", headers, body }, PIECE_MS);
    if (body.byteLength) pace.measured(body.byteLength, performance.now() - began);
    return Number(reply.headers.get("Upload-Offset"));
  } catch (error) {
    if (error instanceof Refused && error.code === "offset-wrong") return arrived(id);
    throw error;
  }
}
