/** A voice as a waveform: one column of pixels shows the loudest moment it stands for. */

/** @typedef {{per_second: number, participants: Record<string, number[]>}} Peaks
 *    the loudest of each part of a second, percent of full scale */

const COLUMN_PX = 2;
const GAP_PX = 1;
/** Speech keeps far below full scale; the root makes it visible. */
const LIFT = 0.5;
const SILENT_PERCENT = 1;
const FULL_PERCENT = 100;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} peaks
 * @param {number} rate values a second
 * @param {number} whole length of the recording, milliseconds
 */
export function drawVoice(canvas, peaks, rate, whole) {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  if (!pen || !width) return;
  pen.scale(scale, scale);
  pen.fillStyle = getComputedStyle(canvas).color;
  const step = COLUMN_PX + GAP_PX;
  const perPixel = ((whole / 1_000) * rate) / width;
  for (let x = 0; x < width; x += step) {
    const loudest = loudestIn(peaks, Math.floor(x * perPixel), Math.ceil((x + step) * perPixel));
    const tall = Math.min(1, loudest / FULL_PERCENT) ** LIFT * (height - 4);
    if (loudest > SILENT_PERCENT) pen.fillRect(x, (height - tall) / 2, COLUMN_PX, tall);
  }
}

/** @param {number[]} peaks @param {number} from @param {number} to */
function loudestIn(peaks, from, to) {
  let loudest = 0;
  for (let i = from; i < to && i < peaks.length; i += 1) loudest = Math.max(loudest, peaks[i] ?? 0);
  return loudest;
}
