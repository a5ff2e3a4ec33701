"""Photos: sent by the customer's phone in pieces (tus 1.0.0, core and creation), and shown.

The standard is https://tus.io/protocols/resumable-upload. ``Upload-Metadata`` carries ``id`` (a
UUID of the phone's own, so that creating twice makes one photo), ``taken_at`` (ISO 8601, the
server's time as far as the phone knows it), ``reason`` and ``participant`` (whose it is).
"""

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from uuid import UUID

from aiohttp import ClientPayloadError, web
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from server.web import access
from server.web.answers import error_json
from server.web.keys import ALBUM, DATABASE, HUB, TIME
from sessions.errors import FarhandError
from sessions.live.loop import ServerBusy
from sessions.live.photos import BYTES_LIMIT, Photo, PhotoReason, PhotoRefused, PhotoTooLarge
from sessions.people.access import SignInNeeded, find_guests_photo, find_photo, find_upload

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
BLOCK_BYTES = 64 * 1024
PIECE_SECONDS = 120.0  # what has come by then is kept, and the phone goes on from there
BROWSER_KEEPS_SECONDS = 3600

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class UploadRefused(FarhandError):
    code = "upload-refused"
    text = "The server does not understand how this photo was sent. Please reload the page."


class UploadVersionRefused(FarhandError):
    code = "upload-version-refused"
    text = "This upload does not follow tus 1.0.0."
    status = 412


class OffsetWrong(FarhandError):
    code = "offset-wrong"
    text = "This piece of the photo does not go on where the last one ended."
    status = 409


class PieceRefused(FarhandError):
    code = "piece-refused"
    text = "A piece of a photo must be sent as application/offset+octet-stream."
    status = 415


class Announced(BaseModel):
    """What is said of a photo before it comes."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    taken_at: AwareDatetime
    reason: PhotoReason
    participant: UUID | None = None


def tus(handler: Handler) -> Handler:
    """Speaks tus 1.0.0: the version is in every request and answer, refusals included."""

    @wraps(handler)
    async def speaking(request: web.Request) -> web.StreamResponse:
        try:
            if request.headers.get("Tus-Resumable") != VERSION:
                raise UploadVersionRefused
            response = await handler(request)
        except FarhandError as refusal:
            response = error_json(request, refusal)
        response.headers.update(
            {"Tus-Resumable": VERSION, "Tus-Version": VERSION, "Cache-Control": "no-store"}
        )
        return response

    return speaking


async def options(request: web.Request) -> web.StreamResponse:
    """``OPTIONS /join/photos``"""
    return web.Response(
        status=204,
        headers={
            "Tus-Resumable": VERSION,
            "Tus-Version": VERSION,
            "Tus-Extension": "creation",
            "Tus-Max-Size": str(BYTES_LIMIT),
        },
    )


@tus
async def create(request: web.Request) -> web.StreamResponse:
    """``POST /join/photos``"""
    size = _number(request, "Upload-Length")
    announced = _announced(request.headers.get("Upload-Metadata", ""))
    now = request.app[TIME].now()
    async with request.app[DATABASE].begin() as db:
        participant, session = await access.place(request, db, announced.participant)
        photo = await Photo.begin(
            db,
            session,
            participant,
            now,
            photo=announced.id,
            taken_at=announced.taken_at,
            reason=announced.reason,
            size=size,
        )
    return web.Response(status=201, headers={"Location": f"/join/photos/{photo.id}"})


def _number(request: web.Request, header: str) -> int:
    """A count of bytes. Raises UploadRefused."""
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise UploadRefused
    return int(text)


def _announced(metadata: str) -> Announced:
    """Keys and Base64 values, separated by commas. Raises UploadRefused."""
    try:
        pairs = (pair.split() for pair in metadata.split(","))
        said = {key: base64.b64decode(value, validate=True).decode() for key, value in pairs}
        return Announced.model_validate(said)
    except (ValueError, ValidationError):
        raise UploadRefused from None


@tus
async def head(request: web.Request) -> web.StreamResponse:
    """``HEAD /join/photos/{id}``: how much has arrived."""
    photo = await _upload(request)
    arrived = await asyncio.to_thread(request.app[ALBUM].arrived, photo)
    return web.Response(headers={"Upload-Offset": str(arrived), "Upload-Length": str(photo.bytes)})


async def _upload(request: web.Request) -> Photo:
    async with request.app[DATABASE].begin() as db:
        visit = await access.guest(request, db)
        return await find_upload(db, visit, request.match_info["photo"])


@tus
async def patch(request: web.Request) -> web.StreamResponse:
    """``PATCH /join/photos/{id}``: the next piece. What has come of a piece that breaks is kept.
    The one that brings the last byte is answered when the photo is on the disk and on the ticket;
    an empty one at the end finishes what was left when the server was stopped in between."""
    if request.content_type != PIECE_TYPE:
        raise PieceRefused
    photo, album = await _upload(request), request.app[ALBUM]
    at = _number(request, "Upload-Offset")
    if at != await asyncio.to_thread(album.arrived, photo):
        raise OffsetWrong
    if at + (request.content_length or 0) > photo.bytes:
        raise PhotoTooLarge(limit=BYTES_LIMIT // 1024 // 1024)
    try:
        at = await _take_in(request, photo, at)
        if at == photo.bytes and photo.completed_at is None:
            await _finish(request, photo)
    except PhotoRefused:
        await _forget(request, photo)
        raise
    return web.Response(status=204, headers={"Upload-Offset": str(at)})


async def _take_in(request: web.Request, photo: Photo, at: int) -> int:
    """Write a piece as it comes; how much of the photo is here then. Raises PhotoTooLarge."""
    with contextlib.suppress(ConnectionError, ClientPayloadError, TimeoutError):
        async with asyncio.timeout(PIECE_SECONDS):
            async for block in request.content.iter_chunked(BLOCK_BYTES):
                if at + len(block) > photo.bytes:
                    raise PhotoTooLarge(limit=BYTES_LIMIT // 1024 // 1024)
                await asyncio.to_thread(request.app[ALBUM].add, photo, at, block)
                at += len(block)
    return at


async def _finish(request: web.Request, photo: Photo) -> None:
    picture = await asyncio.to_thread(request.app[ALBUM].finish, photo)
    room = request.app[HUB].room_if_open(photo.session_id)
    async with request.app[DATABASE].begin() as db:
        stored = await db.get_one(Photo, photo.id, with_for_update=True)
        if stored.completed_at is not None:
            return
        stored.complete(
            db,
            request.app[TIME].now(),
            picture,
            offset_ms=room.offset_ms(stored.taken_at) if room else None,
            unrecorded=room is not None and room.recording.state == "refused",
        )
    if room is not None and not room.over:
        with contextlib.suppress(ServerBusy):  # whoever comes into the room later sees it there
            room.post(partial(room.show, stored))


async def _forget(request: web.Request, photo: Photo) -> None:
    await asyncio.to_thread(request.app[ALBUM].forget, photo)
    async with request.app[DATABASE].begin() as db:
        await db.delete(await db.get_one(Photo, photo.id))


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /photos/{id}.jpg``: for staff who may see the ticket, and for the session's guests."""
    name = request.match_info["photo"]
    async with request.app[DATABASE].begin() as db:
        try:
            photo = await find_photo(db, await access.signed_in(request, db), name)
        except SignInNeeded:
            photo = await find_guests_photo(db, await access.guest(request, db), name)
    return web.FileResponse(
        request.app[ALBUM].path(photo),
        headers={
            "Content-Type": "image/jpeg",
            "Cache-Control": f"private, max-age={BROWSER_KEEPS_SECONDS}, immutable",
        },
    )
