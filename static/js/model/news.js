/** What has become of somebody's camera, microphone and light: in words, with the one tap back. */

import { t } from "./language.js";
import { cameraTrouble, microphoneTrouble } from "./trouble.js";

/** @typedef {import("../messages.js").Participant} Participant */
/** @typedef {import("./call.js").Call} Call */
/** @typedef {{tone: string, text: string, action?: {label: string, act: () => void}}} News */

/**
 * One's own devices, the worst first.
 * @param {import("./devices.js").Devices} devices
 * @returns {News | null}
 */
export function ownTrouble(devices) {
  const { camera, microphone } = devices;
  const dark = camera.wanted ? camera.trouble : null;
  const again = () => void devices.retry();
  if (comesBack(dark) && comesBack(microphone.trouble)) {
    const text = t("A phone call or another app has taken the camera and the microphone.");
    return { tone: "warn", text, action: { label: t("Camera and microphone back"), act: again } };
  }
  if (microphone.trouble) {
    const label = comesBack(microphone.trouble) ? t("Microphone back") : t("Try again");
    return { tone: "warn", text: microphoneTrouble(microphone.trouble), action: { label, act: again } };
  }
  if (dark) {
    const label = comesBack(dark) ? t("Camera back") : t("Try again");
    const action = dark === "absent" ? undefined : { label, act: again };
    return { tone: "warn", text: cameraTrouble(dark), action };
  }
  if (camera.light !== "lost") return null;
  const act = () => void camera.shine(true);
  return { tone: "warn", text: t("The light has gone out."), action: { label: t("Light back on"), act } };
}

/**
 * Everybody else: what keeps them from being seen or heard just now.
 * @param {Call} call
 * @returns {News | null}
 */
export function theirTrouble({ room, page }) {
  for (const person of room.others) {
    const text = sentence(person, page.side === "staff");
    if (text) return { tone: "info", text };
  }
  return null;
}

/**
 * An engineer often reads elsewhere while the call goes on: nobody needs to know.
 * @param {Participant} person @param {boolean} forStaff
 */
function sentence(person, forStaff) {
  const { name, presence, hidden, role } = person;
  const [camera, microphone] = [person.camera_trouble, person.microphone_trouble];
  const away = presence === "reconnecting";
  if (hidden && role !== "engineer" && away) return t("{name} is in another app or has locked the phone. The call waits.", { name });
  if (away) return t("{name} has lost the connection. The call waits.", { name });
  if (camera === "interrupted" && microphone === "interrupted") return t("A phone call or another app has {name}'s camera and microphone.", { name });
  if (microphone === "interrupted") return t("A phone call or another app has {name}'s microphone.", { name });
  if (microphone === "busy") return t("Another app is using {name}'s microphone.", { name });
  if (microphone === "lost") return t("{name}'s microphone has stopped.", { name });
  if (!forStaff || role === "engineer") return "";
  if (hidden) return t("{name} is in another app. The picture may stop meanwhile.", { name });
  if (camera === "interrupted") return t("A phone call or another app has {name}'s camera.", { name });
  if (camera === "busy") return t("Another app is using {name}'s camera.", { name });
  if (camera === "lost") return t("{name}'s camera has stopped.", { name });
  return person.torch === "lost" ? t("{name}'s light has gone out.", { name }) : "";
}

/**
 * The same in two words, for the list of people.
 * @param {Participant} person
 */
export function deviceWord({ microphone, camera, hidden, role, camera_trouble, microphone_trouble }) {
  if (microphone === "denied") return t("microphone blocked");
  if (microphone === "absent") return t("no microphone");
  if (hidden && role !== "engineer") return t("in another app");
  if (microphone_trouble) return t("microphone interrupted");
  if (camera_trouble) return t("camera interrupted");
  if (microphone === "off") return t("muted");
  if (camera === "denied") return t("camera blocked");
  if (camera === "absent") return t("no camera");
  return camera === "off" ? t("camera off") : "";
}

/** @param {import("./camera.js").Trouble | null} trouble */
function comesBack(trouble) {
  return trouble === "lost" || trouble === "interrupted";
}
