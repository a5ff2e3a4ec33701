/** Says every two seconds how much this line carries, for the server's ladder. */

const EVERY_MS = 2_000;

export class Uplink {
  #timer = 0;

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

  async #say() {
    const { connection, media, pace } = this;
    connection.say({
      type: "uplink",
      available_bps: media.sendsVideo ? availableOf(await media.peer.stats()) : null,
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
