/** Requests that may be made again: what the server refused is told apart from what came too early. */

/** The server has said no, in a sentence for the person. */
export class Refused extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** No connection, no answer in time, or a server that has too much to do: later. */
export class Later extends Error {}

/** HTTP statuses of a refusal that may be gone in a moment (RFC 9110 section 15.5, RFC 6585). */
const PASSING = [408, 425, 429];

/**
 * @param {string} url
 * @param {RequestInit} request
 * @param {number} patience longest wait, milliseconds
 * @returns {Promise<Response>} a good one
 */
export async function ask(url, request, patience) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const reply = await fetch(url, { ...request, signal: stop.signal });
    if (reply.ok) return reply;
    if (reply.status >= 500 || PASSING.includes(reply.status)) throw new Later(reply.statusText);
    const said = await reply.json().catch(() => null);
    throw new Refused(said?.error ?? `${reply.status}`, said?.message ?? reply.statusText);
  } catch (error) {
    if (error instanceof Refused || error instanceof Later) throw error;
    throw new Later(`${error}`);
  } finally {
    clearTimeout(timer);
  }
}
