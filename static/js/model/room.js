/** The room as the server last told it, and what follows from that. */

import { clock } from "./clock.js";
import { SEATS } from "../leg.js";

/** @typedef {import("../messages.js").FromServer} FromServer */
/** @typedef {import("../messages.js").Participant} Participant */
/** @typedef {import("../messages.js").ProcedureStep} ProcedureStep */
/** @typedef {import("../messages.js").StepMark} StepMark */
/** @typedef {ProcedureStep & {number: number, mark: StepMark | null}} Step */
/** @typedef {"lit" | "starting" | "stopped" | "off" | "refused" | "unavailable"} Sign */

/** The REC sign is lit by bytes that reached the disk, told at most this long ago. */
const STILL_SECONDS = 2;
const TOLD_MS = 3_000;
const STARTING_MS = 4_000;

export class Room extends EventTarget {
  me = "";
  /** @type {import("../messages.js").Role | null} */
  role = null;
  /** @type {import("../messages.js").Lobby | null} */
  lobby = null;
  /** @type {import("../messages.js").RoomState | null} */
  state = null;
  /** @type {import("../messages.js").Procedure | null} */
  procedure = null;
  /** @type {Record<string, import("../messages.js").Line>} */
  lines = {};
  /**
   * One's own marks that the room has not told yet, by step.
   * @type {Record<string, StepMark>}
   */
  unconfirmed = {};
  /** @type {{bytes: number, still: number, at: number, trouble: import("../messages.js").Kept["trouble"]} | null} */
  kept = null;

  /**
   * Takes in what the server says.
   * @param {FromServer} message
   */
  take(message) {
    if (message.type === "welcome") {
      this.me = message.you;
      this.role = message.role;
      this.state = this.lobby = null;
    } else if (message.type === "lobby") {
      this.lobby = message;
    } else if (message.type === "room") {
      if (this.state && message.version < this.state.version) return;
      this.state = message;
      this.lobby = null;
    } else if (message.type === "procedure") {
      this.procedure = message.procedure;
    } else if (message.type === "kept") {
      const { bytes, still_seconds: still, trouble } = message;
      this.kept = { bytes, still, trouble, at: performance.now() };
    } else if (message.type === "quality") {
      this.lines = { ...this.lines, ...message.participants };
    } else {
      return;
    }
    this.dispatchEvent(new Event("change"));
  }

  // People

  /** @param {string | null | undefined} id */
  person(id) {
    return this.state?.participants.find((participant) => participant.id === id);
  }

  get own() {
    return this.person(this.me);
  }

  /** Everybody else who is in, or is on the way back. */
  get others() {
    return (this.state?.participants ?? []).filter(
      ({ id, presence }) => id !== this.me && (presence === "in" || presence === "reconnecting"),
    );
  }

  get waiting() {
    return (this.state?.participants ?? []).filter(({ presence }) => presence === "waiting");
  }

  get engineer() {
    return this.others.find(({ role }) => role === "engineer");
  }

  get customer() {
    return this.others.find(({ role }) => role === "customer");
  }

  /**
   * Where a participant's media arrives, or -1.
   * @param {string} id
   */
  seatOf(id) {
    const seats = this.state?.seating.seats ?? {};
    return Array.from({ length: SEATS }).findIndex((_, seat) => seats[seat] === id);
  }

  /**
   * The last photo a participant sent.
   * @param {string} id
   */
  newestPhoto(id) {
    return this.state?.photos.filter(({ participant }) => participant === id).pop();
  }

  // Checklist

  /** @returns {Step[]} */
  get steps() {
    const { state, procedure } = this;
    if (!state?.checklist || procedure?.key !== state.checklist.procedure) return [];
    const { marks } = state.checklist;
    return procedure.steps.map((step, index) => {
      const mark = this.unconfirmed[step.key] ?? marks[step.key];
      const open = !mark || mark.mark === "reopened";
      return { ...step, number: index + 1, mark: open ? null : mark };
    });
  }

  /**
   * The one to do now: as the server says, or as it will once it has one's own marks.
   * @returns {Step | undefined}
   */
  get current() {
    if (Object.keys(this.unconfirmed).length) {
      return this.steps.find(({ mark }) => !mark || mark.mark === "problem");
    }
    return this.steps.find(({ key }) => key === this.state?.checklist?.current);
  }

  // Recording

  /**
   * What the REC sign may truthfully say at this moment.
   * @returns {Sign}
   */
  get sign() {
    const recording = this.state?.recording;
    if (recording?.state !== "on") return recording?.state ?? "off";
    const told = this.kept ? performance.now() - this.kept.at : Infinity;
    if (this.kept && told <= TOLD_MS && this.kept.still <= STILL_SECONDS) return "lit";
    return recording.since && clock.since(recording.since) < STARTING_MS ? "starting" : "stopped";
  }
}
