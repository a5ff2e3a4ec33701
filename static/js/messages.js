/**
 * The messages of the signalling socket as types; docs/protocol.md tells what each is for.
 *
 * @typedef {"on" | "off" | "absent" | "denied"} Device
 * @typedef {"engineer" | "customer" | "interpreter" | "observer"} Role
 * @typedef {"waiting" | "in" | "reconnecting" | "left"} Presence
 * @typedef {"done" | "skipped" | "problem" | "reopened"} Mark
 * @typedef {"busy" | "lost" | "interrupted"} Trouble
 * @typedef {"on" | "off" | "lost"} Torch
 * @typedef {"full" | "low" | "stills" | "voice"} Rung
 * @typedef {"bandwidth" | "loss" | "delay" | "listener"} RungReason
 * @typedef {"taken" | "asked" | "timer"} PhotoReason
 * @typedef {"vp8" | "h264"} Codec
 * @typedef {Record<string, string>} Words a text in several languages, by language code
 *
 * @typedef {{label: string, zone: string}} ClockPlace
 * @typedef {{id: string, name: string, role: Role, presence: Presence, since: string,
 *   language: string, microphone: Device, camera: Device, screen: boolean,
 *   consent: boolean | null, microphone_trouble: Trouble | null, camera_trouble: Trouble | null,
 *   hidden: boolean, torch: Torch | null, rung: Rung,
 *   rung_reason: RungReason | null, stills: boolean}} Participant
 * @typedef {{mark: Mark, note: string, by: string, at: string, offset_ms: number | null}} StepMark
 * @typedef {{id: string, procedure: string, current: string | null,
 *   marks: Record<string, StepMark>}} Checklist
 * @typedef {{state: "off" | "on" | "refused" | "unavailable", since: string | null,
 *   by: string | null, why: "disk-nearly-full" | "failing" | null}} RecordingState
 * @typedef {{id: string, participant: string, taken_at: string, offset_ms: number | null,
 *   reason: PhotoReason, url: string, width: number, height: number}} Photo
 * @typedef {{key: string, minutes: number, safety: boolean, title: Words, text: Words,
 *   expected: Words | null, unsafe: Words | null}} ProcedureStep
 * @typedef {{key: string, version: number, minutes: number, title: Words,
 *   steps: ProcedureStep[]}} Procedure
 * @typedef {{up_bps: number, down_bps: number, up_loss: number, down_loss: number,
 *   round_trip_ms: number | null}} Line
 *
 * @typedef {{type: "welcome", reply_to: string | null, you: string, role: Role, resume: string,
 *   server_time: string, protocol: 1}} Welcome
 * @typedef {{type: "lobby", since: string, engineer: string | null,
 *   engineer_present: boolean}} Lobby
 * @typedef {{type: "room", version: number, session: string,
 *   ticket: {reference: string, title: string}, machine: string, clocks: ClockPlace[],
 *   started_at: string | null, participants: Participant[],
 *   seating: {seats: Record<string, string>, screen: string | null},
 *   recording: RecordingState, checklist: Checklist | null, codec: Codec,
 *   photos: Photo[]}} RoomState
 * @typedef {{type: "procedure", procedure: Procedure}} ProcedureText
 * @typedef {{type: "answer", reply_to: string | null, leg: string, sdp: string}} Answer
 * @typedef {{type: "kept", bytes: number, still_seconds: number, dropped: number,
 *   trouble: "full" | "failing" | "slow" | null}} Kept
 * @typedef {{type: "photo_wanted", by: string}} PhotoWanted
 * @typedef {{type: "queued", place: number}} Queued
 * @typedef {{type: "quality", participants: Record<string, Line>}} Quality
 * @typedef {{type: "done", reply_to: string}} Done
 * @typedef {{type: "pong", reply_to: string | null, server_time: string}} Pong
 * @typedef {{type: "replaced"}} Replaced
 * @typedef {{type: "turned_away"}} TurnedAway
 * @typedef {{type: "ended", by: string | null, at: string}} Ended
 * @typedef {{type: "draining"}} Draining
 * @typedef {{type: "error", reply_to: string | null, error: string, message: string}} Refusal
 * @typedef {{session: string, ticket: string, title: string, participant: string, name: string,
 *   since: string, zone: string, place: string}} WaitingGuest
 * @typedef {{type: "desk", waiting: WaitingGuest[]}} Desk
 * @typedef {Welcome | Lobby | RoomState | ProcedureText | Answer | Kept | Quality | Done | Pong
 *   | PhotoWanted | Queued | Replaced | TurnedAway | Ended | Draining | Refusal | Desk} FromServer
 *
 * @typedef {{type: "hello", protocol: 1, side: "staff" | "guest", session: string | null,
 *   resume: string | null, take_over: boolean}
 *   | {type: "offer", sdp: string}
 *   | {type: "media", microphone: Device, camera: Device, screen: boolean,
 *     microphone_trouble: Trouble | null, camera_trouble: Trouble | null, hidden: boolean,
 *     torch: Torch | null}
 *   | {type: "uplink", available_bps: number | null, upload_bps: number | null}
 *   | {type: "admit" | "turn_away" | "ask_photo", participant: string}
 *   | {type: "attach", procedure: string}
 *   | {type: "mark", step: string, mark: Mark, note: string}
 *   | {type: "consent", recording: boolean, language: string}
 *   | {type: "leave" | "end" | "ping"}} FromClient
 */

export {};
