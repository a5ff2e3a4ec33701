/** Says every two seconds how much this line carries, for the server's ladder. */

const EVERY_MS = 2_000;
/** A browser that begins to send pictures again is at first wrong about how many it can send. */
const YOUNG_MS = 8_000;

export class Uplink {
  #timer = 0;
  #filmsSince = Infinity;

  /**
   * @param {import("../protocol.js").Connection} connection
   * @param {import("./media.js").Media} media
   * @param {import("./pace.js").Pace} pace
   */
  constructor(connection, media, pace) {
    this.connection = connection;
    this.media = media;
    this.pace = pace;
  }

  begin() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#say(), EVERY_MS);
  }

  end() {
    clearInterval(this.#timer);
  }

  /** Have pictures been sent for a while? */
  get #films() {
    const now = performance.now();
    this.#filmsSince = this.media.sendsVideo ? Math.min(this.#filmsSince, now) : Infinity;
    return now - this.#filmsSince >= YOUNG_MS;
  }

  async #say() {
    const { connection, media, pace } = this;
    connection.say({
      type: "uplink",
      available_bps: this.#films ? availableOf(await media.peer.stats()) : null,
      upload_bps: pace.bps,
    });
  }
}

/**
 * What the browser believes the line can take, in bits a second (W3C webrtc-stats).
 * @param {RTCStatsReport | Map<string, any>} stats
 * @returns {number | null}
 */
export function availableOf(stats) {
  const all = [...stats.values()];
  const chosen = all.find(({ type }) => type === "transport")?.selectedCandidatePairId;
  const pair = stats.get(chosen) ?? all.find(({ type, nominated }) => type === "candidate-pair" && nominated);
  const bps = pair?.availableOutgoingBitrate;
  return bps === undefined ? null : Math.round(bps);
}
