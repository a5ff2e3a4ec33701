/** What this tab remembers across a reload; a browser that forbids it forgets, nothing breaks. */

const PREFIX = "farhand.";

/** @param {string} name @returns {string | null} */
export function recall(name) {
  try {
    return sessionStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    sessionStorage.setItem(PREFIX + name, value);
  } catch {
    // Private modes may refuse storage.
  }
}

/** @param {string} name */
export function forget(name) {
  try {
    sessionStorage.removeItem(PREFIX + name);
  } catch {
    // Private modes may refuse storage.
  }
}
