/** Can this browser make a call at all, and if not, why? Its name does not count, only what it does. */

/** @typedef {"fine" | "insecure" | "old"} Verdict */

/** @returns {Verdict} */
export function judgeBrowser() {
  if (!isSecureContext) return "insecure";
  return canCall() ? "fine" : "old";
}

/** Has the browser what it takes? */
export function canCall() {
  return Boolean(navigator.mediaDevices?.getUserMedia) && "RTCPeerConnection" in window;
}
