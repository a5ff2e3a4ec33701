/** The degradation ladder (docs/protocol.md, `rung`): how much is sent on each of its rungs. */

/** @typedef {import("../messages.js").Rung} Rung */
/** @typedef {import("../leg.js").Shape} Shape */

/** Bits a second: the customer shows the machine, the engineer a face. */
const CAMERA_BITRATE = { guest: 1_500_000, staff: 400_000 };
const LOW = { maxBitrate: 250_000, maxFramerate: 10, scaleResolutionDownBy: 2 };
const VOICE_BITRATE = { full: 40_000, low: 24_000, stills: 16_000, voice: 16_000 };

/** @param {Rung} rung is a picture sent at all? */
export function sendsVideo(rung) {
  return rung === "full" || rung === "low";
}

/**
 * @param {Rung} rung
 * @param {"guest" | "staff"} side
 * @returns {Shape}
 */
export function shapeOf(rung, side) {
  const full = { maxBitrate: CAMERA_BITRATE[side], maxFramerate: 30, scaleResolutionDownBy: 1 };
  return {
    microphone: { maxBitrate: VOICE_BITRATE[rung] },
    camera: rung === "low" ? LOW : full,
    screen: rung === "low" ? { maxBitrate: LOW.maxBitrate, maxFramerate: 5 } : {},
  };
}
