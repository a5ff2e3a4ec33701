/** What keeps the recording from the server's disk, and the words for it. */

import { t } from "./language.js";

/** @typedef {import("./call.js").Call} Call */
/** @typedef {"full" | "failing" | "slow" | "still"} DiskTrouble */

/** The server tells every second what has reached the disk; whoever has just come has not heard. */
const TOLD_MS = 3_000;
const STILL_SECONDS = 2;

export class DiskWatch {
  #since = 0;

  /**
   * What is wrong at this moment with the recording that runs. A page whose own line is broken
   * knows nothing of the disk.
   * @param {Call} call
   * @returns {DiskTrouble | null}
   */
  look({ room, link }) {
    const now = performance.now();
    const listening = link === "good" && room.state?.recording.state === "on";
    if (!listening) this.#since = 0;
    else this.#since ||= now;
    const told = room.kept;
    if (!listening) return null;
    if (told && now - told.at <= TOLD_MS) return told.trouble ?? (told.still > STILL_SECONDS ? "still" : null);
    return room.sign === "stopped" && now - this.#since > TOLD_MS ? "still" : null;
  }
}

/** @param {DiskTrouble} trouble */
export function diskSentence(trouble) {
  switch (trouble) {
    case "full":
      return t("The server's disk is full: nothing is being recorded now. The call goes on. Tell your administrator.");
    case "failing":
      return t("The server's disk does not work: nothing is being recorded now. The call goes on. Tell your administrator.");
    case "slow":
      return t("The server's disk is too slow: parts of the recording may be missing. The call goes on.");
    default:
      return t("Nothing has reached the recording for some seconds. The call goes on.");
  }
}

/**
 * @param {import("../messages.js").RecordingState["why"] | undefined} why
 * @returns {string} nothing where nothing stands in the way
 */
export function whyNotRecorded(why) {
  if (why === "disk-nearly-full") {
    return t("This call cannot be recorded: the server's disk is nearly full. The call itself works.");
  }
  return why ? t("This call cannot be recorded: the server's disk does not work. The call itself works.") : "";
}
