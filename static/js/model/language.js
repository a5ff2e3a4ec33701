/**
 * The language of the page, which may change at any time: catalogues come from the server, and an
 * English sentence is its own key.
 */

import { recall, remember } from "./memory.js";

/** @typedef {import("../messages.js").Words} Words */

const MEMORY = "language";
const CATALOGUE_MS = 4_000;

class Language extends EventTarget {
  code = "en";
  /** @type {Record<string, string>} */
  #catalogue = {};

  /**
   * What this tab last chose, else what the page proposes.
   * @param {string} proposed
   */
  begin(proposed) {
    return this.use(recall(MEMORY) ?? proposed);
  }

  /** @param {string} code */
  async use(code) {
    try {
      this.#catalogue = code === "en" ? {} : await fetchCatalogue(code);
    } catch {
      if (this.code !== "en") return;
      this.#catalogue = {};
    }
    this.code = code;
    remember(MEMORY, code);
    document.documentElement.lang = code;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} msgid @returns {string} */
  translate(msgid) {
    return this.#catalogue[msgid] || msgid;
  }
}

/** @param {string} code @returns {Promise<Record<string, string>>} */
async function fetchCatalogue(code) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), CATALOGUE_MS);
  try {
    const reply = await fetch(`/locale/${code}.json`, { signal: stop.signal });
    if (!reply.ok) throw new Error(reply.statusText);
    return await reply.json();
  } finally {
    clearTimeout(timer);
  }
}

export const language = new Language();

/**
 * The sentence in the page's language, with {names} filled in.
 * @param {string} msgid
 * @param {Record<string, string | number>} [values]
 */
export function t(msgid, values = {}) {
  return language.translate(msgid).replace(/\{(\w+)\}/g, (whole, name) => `${values[name] ?? whole}`);
}

/**
 * A text that is there in several languages, in the one asked for, else in English.
 * @param {Words | null | undefined} words
 * @param {string} [code]
 */
export function inLanguage(words, code = language.code) {
  if (!words) return "";
  return words[code] ?? words.en ?? Object.values(words)[0] ?? "";
}
