/** What a photo is called: whose it is, and the time at the site when it was taken. */

import { timeIn } from "../model/clock.js";
import { t } from "../model/language.js";

/**
 * "Photo of Kim Minjun, 02:14".
 * @param {import("../model/call.js").Call} call
 * @param {import("../messages.js").Photo} photo
 */
export function photoName({ room, page }, photo) {
  const [site] = room.state?.clocks ?? page.clocks;
  const time = timeIn(site?.zone ?? "UTC", Date.parse(photo.taken_at));
  return t("Photo of {name}, {time}", { name: room.person(photo.participant)?.name ?? "", time });
}
