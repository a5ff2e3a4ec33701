/** One's own marks on the checklist, shown at once: laid over it until the room tells them. */

/** @typedef {import("./outbox.js").MarkRecord} MarkRecord */
/** @typedef {import("../messages.js").StepMark} StepMark */

export class OwnMarks {
  /** @type {{record: MarkRecord, version: number | undefined}[]} sent, and not yet told */
  #sent = [];

  /**
   * @param {import("./outbox.js").Outbox} outbox
   * @param {import("./room.js").Room} room
   */
  constructor(outbox, room) {
    this.outbox = outbox;
    this.room = room;
    outbox.addEventListener("sent", (event) => {
      const { record, reply } = /** @type {CustomEvent} */ (event).detail;
      if (record.kind === "mark" && reply.stands && !this.#isTold(record.step, reply.at)) {
        this.#sent.push({ record, version: room.state?.version });
      }
    });
    for (const source of [outbox, room]) source.addEventListener("change", () => this.#lay());
  }

  #lay() {
    const { state } = this.room;
    this.#sent = this.#sent.filter(({ version }) => version === state?.version);
    const waiting = /** @type {MarkRecord[]} */ (
      this.outbox.waiting.filter(({ kind }) => kind === "mark")
    );
    /** @type {Record<string, StepMark>} */
    const marks = {};
    for (const { checklist, step, mark, note, made_at, participant } of [
      ...this.#sent.map(({ record }) => record), ...waiting,
    ]) {
      if (checklist !== state?.checklist?.id || this.#isTold(step, made_at)) continue;
      marks[step] = { mark, note, by: participant, at: made_at, offset_ms: null };
    }
    this.room.unconfirmed = marks;
  }

  /**
   * Does the room know a mark on this step that was made then or later?
   * @param {string} step
   * @param {string} at
   */
  #isTold(step, at) {
    const told = this.room.state?.checklist?.marks[step];
    return told !== undefined && Date.parse(told.at) >= Date.parse(at);
  }
}
