/**
 * The call as the page sees it: connection, media, devices and room brought together.
 *
 * Events: `change`. `phase` says where the person is, `link` how the connection is doing.
 */

import { Connection } from "../protocol.js";
import { ProtocolError } from "../requests.js";
import { Awake } from "./awake.js";
import { clock } from "./clock.js";
import { language } from "./language.js";
import { Media } from "./media.js";
import { forget, recall, remember } from "./memory.js";
import { Outbox } from "./outbox.js";
import { OwnMarks } from "./own-marks.js";
import { Pace } from "./pace.js";
import { Photos } from "./photos.js";
import { Queue } from "./queue.js";
import { Room } from "./room.js";
import { Uplink } from "./uplink.js";

/** @typedef {import("../messages.js").FromServer} FromServer */
/** @typedef {"before" | "connecting" | "lobby" | "in" | "elsewhere" | "replaced" | "turned-away"
 *   | "ended" | "left" | "refused"} Phase */
/** @typedef {"good" | "reconnecting" | "offline" | "draining"} Link */

export class Call extends EventTarget {
  /** @type {Phase} */
  phase = "before";
  draining = false;
  /** Why the server refused, in the person's language. */
  refusal = "";
  room = new Room();
  awake = new Awake();
  pace = new Pace();
  queue = new Queue();
  /**
   * Whose picture is large, if the person has chosen.
   * @type {string | null}
   */
  large = null;
  /**
   * Marks and photos of a guest go through the outbox.
   * @type {Outbox | null}
   */
  outbox = null;
  /** @type {Photos | null} */
  photos = null;
  #told = "";
  #offeredOn = 0;
  #welcomes = 0;

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    super();
    const { side, session = null, participant } = page;
    this.page = page;
    this.consent = participant.consent;
    this.connection = new Connection(page.socket, { side, session, memory: `${this.name}.resume` });
    this.media = new Media(side, (sdp) => this.#offer(sdp), page.ice_servers);
    this.devices = this.media.devices;
    this.peer = this.media.peer;
    this.uplink = new Uplink(this.connection, this.media, this.pace);
    if (side === "guest") this.#keep();
    this.connection.addEventListener("state", () => {
      if (this.connection.state !== "open") this.queue.leave(new ProtocolError("offline", "connection lost"));
      this.#changed();
    });
    this.connection.addEventListener("message", (event) => {
      this.#hear(/** @type {CustomEvent<FromServer>} */ (event).detail);
    });
    this.connection.addEventListener("refused", (event) => {
      this.#refused(/** @type {CustomEvent<ProtocolError>} */ (event).detail);
    });
    for (const part of [this.room, this.peer, this.awake]) {
      part.addEventListener("change", () => this.#changed());
    }
    this.devices.addEventListener("change", () => {
      if (this.phase === "in") this.#tell();
      this.#changed();
    });
    navigator.connection?.addEventListener("change", () => this.#moved());
    addEventListener("online", () => this.#moved());
  }

  /** Under this name the tab remembers the call. */
  get name() {
    return `${this.page.side}.${this.page.session ?? this.page.participant.id}`;
  }

  /** Was this tab in the call when the page was reloaded? */
  get interrupted() {
    return recall(`${this.name}.in`) !== null;
  }

  /** @returns {Link} */
  get link() {
    if (!navigator.onLine) return "offline";
    if (this.connection.state !== "open") return this.draining ? "draining" : "reconnecting";
    return this.peer.broken ? "reconnecting" : "good";
  }

  // Actions

  /** @param {boolean} [takeOver] from another tab */
  enter(takeOver = false) {
    performance.mark("farhand-join");
    this.#move("connecting");
    this.awake.begin();
    this.connection.open(takeOver);
    this.media.prepare();
  }

  async leave() {
    await this.#try({ type: "leave" });
    this.#finish("left");
  }

  async end() {
    await this.#try({ type: "end" });
  }

  /** @param {string} participant */
  admit(participant) {
    return this.#try({ type: "admit", participant });
  }

  /** @param {string} participant */
  turnAway(participant) {
    return this.#try({ type: "turn_away", participant });
  }

  /** @param {string} procedure */
  attach(procedure) {
    return this.#try({ type: "attach", procedure });
  }

  /** @param {string} participant */
  askPhoto(participant) {
    return this.#try({ type: "ask_photo", participant });
  }

  /**
   * Whether it is marked; a guest's mark is as soon as it is on the phone.
   * @param {string} step
   * @param {import("../messages.js").Mark} mark
   * @param {string} [note]
   */
  async mark(step, mark, note = "") {
    if (this.outbox) {
      const checklist = this.room.state?.checklist?.id ?? null;
      const made_at = new Date(clock.now()).toISOString();
      const participant = this.page.participant.id;
      this.outbox.addMark({ participant, checklist, step, mark, note, made_at });
      return true;
    }
    return this.#try({ type: "mark", step, mark, note }, true);
  }

  /**
   * Gives or withdraws consent during the call.
   * @param {boolean} recording
   */
  async agree(recording) {
    if (await this.#try({ type: "consent", recording, language: language.code }, true)) {
      this.consent = recording;
      this.#changed();
    }
  }

  /** @param {string | null} id a participant, "me" or "screen" */
  enlarge(id) {
    this.large = id;
    this.#changed();
  }

  // Private

  #keep() {
    const outbox = new Outbox(this.pace);
    const photos = new Photos(this.devices.camera, outbox, this.page.participant.id);
    new OwnMarks(outbox, this.room);
    outbox.addEventListener("refused", (event) => {
      const { record, error } = /** @type {CustomEvent} */ (event).detail;
      if (record.reason !== "timer") this.dispatchEvent(new CustomEvent("trouble", { detail: error }));
    });
    for (const part of [outbox, photos]) part.addEventListener("change", () => this.#changed());
    outbox.begin();
    this.outbox = outbox;
    this.photos = photos;
  }

  /** @param {import("../messages.js").FromClient} message @param {boolean} [keep] */
  async #try(message, keep = false) {
    try {
      await this.connection.request(message, keep);
      return true;
    } catch (error) {
      const trouble = /** @type {ProtocolError} */ (error);
      this.dispatchEvent(new CustomEvent("trouble", { detail: trouble }));
      return false;
    }
  }

  /** @param {string} sdp */
  async #offer(sdp) {
    const answer = await this.#ask(sdp);
    if (answer.type !== "answer") throw new ProtocolError("no-answer", answer.type);
    return answer.sdp;
  }

  /**
   * The same offer is made again when a line is free.
   * @param {string} sdp
   * @returns {Promise<FromServer>}
   */
  async #ask(sdp) {
    try {
      return await this.connection.request({ type: "offer", sdp });
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.code !== "server-full") throw error;
      await this.queue.turn();
      return this.#ask(sdp);
    }
  }

  /** @param {FromServer} message */
  #hear(message) {
    if (message.type === "welcome") {
      this.#welcomes += 1;
      this.draining = false;
      this.outbox?.hurry();
    }
    if (message.type === "welcome" || message.type === "pong") clock.set(message.server_time);
    if (message.type === "queued") this.queue.move(message.place);
    if (message.type === "draining") this.draining = true;
    if (message.type === "ended") this.#finish("ended");
    if (message.type === "replaced") this.#finish("replaced");
    if (message.type === "turned_away") this.#finish("turned-away");
    if (message.type === "photo_wanted") {
      const refused = this.consent !== true || this.room.state?.recording.state === "refused";
      this.photos?.want(message.by, !refused);
    }
    this.room.take(message);
    if (message.type === "lobby") this.#move("lobby");
    if (message.type === "room") this.#obey(message);
    if (message.type === "room") this.#seated();
  }

  /**
   * What the room wants of this browser.
   * @param {import("../messages.js").RoomState} room
   */
  #obey({ codec }) {
    const rung = this.room.own?.rung ?? "full";
    this.peer.prefer(codec);
    this.media.obey(rung);
    this.pace.rung = rung;
    this.photos?.time(this.room.own?.stills === true && this.consent === true);
  }

  /** In the room: offer once on each connection, tell about the devices, come back if lost. */
  #seated() {
    if (this.#offeredOn !== this.#welcomes) {
      this.#offeredOn = this.#welcomes;
      if (this.phase === "lobby") performance.mark("farhand-join");
      this.peer.connect();
      this.#told = "";
      this.#tell();
    } else if (this.room.own?.presence === "reconnecting") {
      this.peer.doubt();
    } else {
      this.peer.trust();
    }
    if (this.phase !== "in") {
      remember(`${this.name}.in`, "1");
      this.uplink.begin();
      this.#move("in");
    }
  }

  /** The state of the devices, when it is news. */
  #tell() {
    const report = this.devices.report();
    if (this.#told === JSON.stringify(report)) return;
    this.#told = JSON.stringify(report);
    this.connection.say({ type: "media", ...report });
  }

  #moved() {
    this.connection.hurry();
    if (this.phase === "in" && this.connection.state === "open") this.peer.connect();
  }

  /** @param {ProtocolError} error */
  #refused(error) {
    this.refusal = error.message;
    this.awake.end();
    this.#move(error.code === "already-here" ? "elsewhere" : "refused");
  }

  /** @param {Phase} phase */
  #finish(phase) {
    forget(`${this.name}.in`);
    this.uplink.end();
    this.photos?.time(false);
    this.connection.close();
    this.media.close();
    this.awake.end();
    this.#move(phase);
  }

  /** @param {Phase} phase */
  #move(phase) {
    this.phase = phase;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
