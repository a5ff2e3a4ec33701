"""Messages between the web process and the media process: JSON, each after its length."""

import asyncio
import dataclasses
import json
from typing import Any, get_args

from sessions.live.media import MediaEvent

MAX_BYTES = 1 << 20
_LENGTH_BYTES = 4
_EVENTS = {kind.__name__: kind for kind in get_args(MediaEvent)}

Message = dict[str, Any]


def pack(message: Message) -> bytes:
    """A message as it is sent."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


async def read(reader: asyncio.StreamReader) -> Message | None:
    """The next message; None when the other side has gone."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")
        if length > MAX_BYTES:
            return None
        message: Message = json.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return message


def pack_event(event: MediaEvent) -> bytes:
    """An event as it is sent."""
    return pack({"event": type(event).__name__, **dataclasses.asdict(event)})


def unpack_event(message: Message) -> MediaEvent:
    """The event in a message that has one."""
    fields = dict(message)
    event: MediaEvent = _EVENTS[fields.pop("event")](**fields)
    return event
