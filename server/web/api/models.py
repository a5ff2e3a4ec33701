"""What the API takes and gives. Times are ISO 8601 in UTC, ids UUIDs."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Taken(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewTicket(Taken):
    """A report: which machine, what is wrong."""

    machine: UUID
    title: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=8000)
    procedure: str | None = Field(None, max_length=80)


class NewInvitation(Taken):
    """Who is invited, and the language they read."""

    name: str = Field(min_length=1, max_length=80)
    language: Literal["en", "zh", "ko"] | None = None


class MachineModel(BaseModel):
    id: UUID
    model: str
    serial: str
    site: str
    zone: str


class MachineList(BaseModel):
    machines: list[MachineModel]


class TicketModel(BaseModel):
    id: UUID
    reference: str
    title: str
    description: str
    state: Literal["open", "closed"]
    machine: MachineModel
    organisation: str
    engineer: str | None
    procedure: str | None
    reported_at: datetime
    closed_at: datetime | None


class TicketList(BaseModel):
    tickets: list[TicketModel]


class InvitationModel(BaseModel):
    """``url`` is there only in the answer that made the invitation."""

    id: UUID
    name: str
    language: str
    created_at: datetime
    expires_at: datetime
    first_used_at: datetime | None
    revoked_at: datetime | None
    url: str | None = None


class InvitationList(BaseModel):
    invitations: list[InvitationModel]


class ParticipantModel(BaseModel):
    id: UUID
    name: str
    role: str
    admitted_at: datetime | None


class SessionModel(BaseModel):
    id: UUID
    ticket: str
    state: Literal["open", "ended"]
    opened_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    participants: list[ParticipantModel]
    recording: str | None = Field(description="The recording's state, or null: not recorded.")


class SessionList(BaseModel):
    sessions: list[SessionModel]


class PhotoModel(BaseModel):
    id: UUID
    participant: UUID
    reason: Literal["taken", "asked", "timer"]
    taken_at: datetime
    offset_ms: int | None = Field(description="Milliseconds into the recording.")
    width: int
    height: int
    bytes: int
    sha256: str
    unrecorded: bool = Field(description="The call was not recorded: somebody refused.")
    url: str


class PhotoList(BaseModel):
    photos: list[PhotoModel]


class TimelineEntry(BaseModel):
    at: datetime
    event: str
    participant: UUID | None
    offset_ms: int | None = Field(description="Milliseconds into the recording.")
    data: dict[str, Any]


class Timeline(BaseModel):
    entries: list[TimelineEntry]


class FileModel(BaseModel):
    name: str
    bytes: int
    sha256: str
    content_type: str
    url: str


class RecordingModel(BaseModel):
    session: UUID
    state: Literal["capturing", "sealed", "producing", "ready", "failed"]
    started_at: datetime
    duration_ms: int | None
    recovered: bool
    problem: str | None
    files: list[FileModel]


class ErrorModel(BaseModel):
    """Every refusal: a stable code, and a sentence in the language asked for."""

    error: str
    message: str
