/** How good somebody's line is, in three words. */

/** @typedef {"good" | "weak" | "bad"} Grade */

/** Loss as a share, round trip in milliseconds: from here on the line is weak, or bad. */
const WEAK = { loss: 0.03, roundTrip: 400 };
const BAD = { loss: 0.1, roundTrip: 1_000 };

/**
 * Bits a second alone tell little: a still picture needs few. What a line carries does.
 * @param {import("../messages.js").Line | undefined} line
 * @param {import("../messages.js").Participant | undefined} person whose line it is
 * @returns {Grade | null}
 */
export function gradeOf(line, person) {
  if (!line) return null;
  const { rung, rung_reason } = person ?? {};
  if (rung_reason && rung_reason !== "listener") return rung === "low" ? "weak" : "bad";
  const loss = Math.max(line.up_loss, line.down_loss);
  const roundTrip = line.round_trip_ms ?? 0;
  if (loss > BAD.loss || roundTrip > BAD.roundTrip) return "bad";
  if (loss > WEAK.loss || roundTrip > WEAK.roundTrip) return "weak";
  return "good";
}
