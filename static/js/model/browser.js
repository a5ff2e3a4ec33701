/** Can this browser make a call at all, and if not, why? */

/** Browsers built into other apps: most give a page no camera. */
const BUILT_IN =
  /MicroMessenger|KAKAOTALK|NAVER\(inapp|\bLine\/|FBAN|FBAV|Instagram|DingTalk|\bQQ\/|Weibo|Feishu|Lark\/|aliapp|musical_ly|; wv\)/i;

/** @typedef {"fine" | "built-in" | "insecure" | "old"} Verdict */

/**
 * @param {Window & typeof globalThis} [browser]
 * @returns {Verdict}
 */
export function judgeBrowser(browser = window) {
  const { navigator, isSecureContext } = browser;
  const capable = "mediaDevices" in navigator && "RTCPeerConnection" in browser;
  if (BUILT_IN.test(navigator.userAgent)) return "built-in";
  if (!isSecureContext) return "insecure";
  return capable ? "fine" : "old";
}

/** Has the browser what it takes, whatever it is called? */
export function canCall() {
  return Boolean(navigator.mediaDevices?.getUserMedia) && "RTCPeerConnection" in window;
}

/**
 * A browser's own way from an app's built-in browser to the real one, if it has one.
 * @param {string} link
 * @returns {string | null}
 */
export function wayOut(link) {
  if (/KAKAOTALK/i.test(navigator.userAgent)) {
    return `kakaotalk://web/openExternal?url=${encodeURIComponent(link)}`;
  }
  if (/Android/.test(navigator.userAgent) && link.startsWith("https://")) {
    return `intent://${link.slice("https://".length)}#Intent;scheme=https;action=android.intent.action.VIEW;end`;
  }
  return null;
}
