/** One sharp photo from the camera, as a JPEG that says nothing of where it was taken. */

import { wait } from "./wait.js";

/** @typedef {{longest: number, quality: number, shutter: boolean}} How
 *   pixels of the longer side, 0 to 1, and whether the camera may take its time */

/** @type {How} what somebody asked for */
export const SHARP = { longest: 2_560, quality: 0.85, shutter: true };
/** @type {How} one of many, for a line that carries little */
export const LIGHT = { longest: 1_280, quality: 0.7, shutter: false };

/** A camera that has not answered by then is not waited for. */
const PATIENCE_MS = 3_000;

/**
 * Throws when the camera gives no picture.
 * @param {import("./camera.js").Camera} camera
 * @param {How} how
 * @returns {Promise<ArrayBuffer>}
 */
export async function takeStill({ track, stream }, how) {
  if (!track) throw new Error("no camera");
  const picture = (how.shutter && (await press(track))) || (await frameOf(stream));
  try {
    return await encode(picture, how);
  } finally {
    picture.close();
  }
}

/**
 * The camera's own photo, which is sharper than its film: if it can, and if it is. Not while the
 * light is on: many phones put it out for that.
 * @param {MediaStreamTrack} track
 */
async function press(track) {
  if (!("ImageCapture" in globalThis) || track.getSettings().torch) return null;
  try {
    const photo = await inTime(new ImageCapture(track).takePhoto());
    const picture = await createImageBitmap(photo);
    const { width = 0, height = 0 } = track.getSettings();
    if (picture.width * picture.height >= width * height) return picture;
    picture.close();
  } catch {
    // Some cameras cannot while they film; the film's frame will do.
  }
  return null;
}

/** @param {MediaStream} stream */
async function frameOf(stream) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, srcObject: stream });
  try {
    await inTime(video.play());
    return await createImageBitmap(video);
  } finally {
    video.srcObject = null;
  }
}

/** @param {ImageBitmap} picture @param {How} how @returns {Promise<ArrayBuffer>} */
async function encode(picture, { longest, quality }) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) =>
    canvas.toBlob(resolve, "image/jpeg", quality),
  );
  if (!blob) throw new Error("no picture");
  return blob.arrayBuffer();
}

/** @template T @param {Promise<T>} promise @returns {Promise<T>} */
function inTime(promise) {
  const late = wait(PATIENCE_MS).then(() => Promise.reject(new Error("not in time")));
  return Promise.race([promise, late]);
}
