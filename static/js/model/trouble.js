/** Why a camera or microphone is not there, in plain words, and what to do about it. */

import { t } from "./language.js";

/** @typedef {import("./camera.js").Trouble} Trouble */

/** @param {Trouble | null} trouble */
export function cameraTrouble(trouble) {
  switch (trouble) {
    case "denied":
      return t("The camera is blocked for this page. Tap the sign beside the address, allow the camera, then try again.");
    case "absent":
      return t("No camera was found on this device. You can still talk and follow the steps.");
    case "busy":
      return t("Another app is using the camera. Close that app, then try again.");
    case "lost":
      return t("The camera has stopped.");
    case "interrupted":
      return t("A phone call or another app has taken the camera.");
    default:
      return "";
  }
}

/** @param {Trouble | null} trouble */
export function microphoneTrouble(trouble) {
  switch (trouble) {
    case "denied":
      return t("The microphone is blocked for this page. Tap the sign beside the address, allow the microphone, then try again.");
    case "absent":
      return t("No microphone was found on this device. The others will not hear you.");
    case "busy":
      return t("Another app is using the microphone. Close that app, then try again.");
    case "lost":
      return t("The microphone has stopped.");
    case "interrupted":
      return t("A phone call or another app has taken the microphone.");
    default:
      return "";
  }
}
