"""The load process: many one-way calls at pace, and what came of them.

Speaks JSON lines: a command a line on standard input, its result a line on standard output.
"""

import asyncio
import gc
import json
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

from tests.bench.media import clip
from tests.bench.media.caller import AUDIO_SSRC, OPUS, VIDEO_SSRC, VP8, Caller

KEY_BYTES = 24
_HEAD = struct.Struct(">BBHIIHHBHB")


@dataclass
class Tally:
    """What one call has done since the last measurement."""

    sent: int = 0
    sent_frames: int = 0
    received: int = 0
    received_frames: int = 0
    delays_ns: list[int] = field(default_factory=list)


class OneWayCall:
    """A publisher and a receiver; a packet's way is timed by its payload."""

    def __init__(self, address: str) -> None:
        self.tally = Tally()
        self.publisher = Caller(address, True, lambda packet: None)
        self.receiver = Caller(address, False, self._receive)
        self._sent_ns: dict[bytes, int] = {}
        self._sequences = {VIDEO_SSRC: 0, AUDIO_SSRC: 0}
        self._octets = {VIDEO_SSRC: 0, AUDIO_SSRC: 0}
        self._transport_sequence = 0

    def send(self, kind: int, ssrc: int, timestamp: int, payload: bytes, marker: bool) -> None:
        """Send one packet of the publisher."""
        self._sequences[ssrc] += 1
        self._octets[ssrc] += len(payload)
        self._transport_sequence = (self._transport_sequence + 1) & 0xFFFF
        head = _HEAD.pack(
            0x90,
            kind | marker << 7,
            self._sequences[ssrc] & 0xFFFF,
            timestamp & 0xFFFFFFFF,
            ssrc,
            0xBEDE,
            1,
            3 << 4 | 1,
            self._transport_sequence,
            0,
        )
        self.tally.sent += 1
        self.tally.sent_frames += marker
        self._sent_ns[payload[-KEY_BYTES:]] = time.monotonic_ns()
        self.publisher.send(head + payload)

    def report(self, timestamps: dict[int, int]) -> None:
        """Send the publisher's sender reports."""
        for ssrc, timestamp in timestamps.items():
            self.publisher.report(ssrc, timestamp, self._sequences[ssrc], self._octets[ssrc])

    def _receive(self, packet: bytes) -> None:
        now = time.monotonic_ns()
        tally = self.tally
        tally.received += 1
        tally.received_frames += packet[1] == 0x80 | self.receiver.video_type
        sent = self._sent_ns.pop(packet[-KEY_BYTES:], None)
        if sent is not None:
            tally.delays_ns.append(now - sent)


class Load:
    """All calls, and their clock."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._clip = clip.load()
        self._calls: list[OneWayCall] = []
        self._clock: asyncio.Task[None] | None = None

    async def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        match command:
            case {"call": "new"}:
                self._calls.append(OneWayCall(self._address))
                return {"call": len(self._calls) - 1}
            case {"offer": number, "role": role}:
                return {"sdp": self._caller(number, role).offer()}
            case {"take": number, "role": role, "sdp": sdp}:
                self._caller(number, role).take(sdp)
            case {"answer": number, "role": role, "sdp": sdp}:
                return {"sdp": self._caller(number, role).answer(sdp)}
            case {"await": number, "role": role}:
                await asyncio.wait_for(self._caller(number, role).connected.wait(), 15)
            case {"start": _}:
                self._clock = asyncio.create_task(self._run())
            case {"reset": _}:
                for call in self._calls:
                    call.tally = Tally()
            case {"measure": _}:
                return self._measure()
        return {}

    def _caller(self, number: int, role: str) -> Caller:
        call = self._calls[number]
        return call.publisher if role == "publisher" else call.receiver

    def _measure(self) -> dict[str, Any]:
        tallies = [call.tally for call in self._calls]
        delays = sorted(delay for tally in tallies for delay in tally.delays_ns)
        at = lambda share: delays[int(len(delays) * share)] / 1e6 if delays else None  # noqa: E731
        return {
            "sent": sum(t.sent for t in tallies),
            "sent_frames": sum(t.sent_frames for t in tallies),
            "received": sum(t.received for t in tallies),
            "received_frames": sum(t.received_frames for t in tallies),
            "delay_p50_ms": at(0.5),
            "delay_p99_ms": at(0.99),
        }

    async def _run(self) -> None:
        """Every call's pictures and sounds at their time, the calls one after the other."""
        start = time.monotonic()
        count = len(self._calls)
        events = []
        for number in range(count):
            events.append([start + number / 30 / count, 0, number, "video"])
            events.append([start + number / 50 / count, 0, number, "audio"])
            events.append([start + 1 + number / count, 0, number, "report"])
        while True:
            event = min(events)
            due, beat, number, kind = event
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            call = self._calls[number]
            if kind == "video":
                self._send_frame(call, beat)
                event[0] += 1 / 30
            elif kind == "audio":
                sounds = self._clip.sounds
                call.send(OPUS, AUDIO_SSRC, beat * 960, sounds[beat % len(sounds)], False)
                event[0] += 1 / 50
            else:
                elapsed = due - start
                call.report({VIDEO_SSRC: int(elapsed * 90_000), AUDIO_SSRC: int(elapsed * 48_000)})
                event[0] += 1
            event[1] += 1

    def _send_frame(self, call: OneWayCall, beat: int) -> None:
        payloads = self._clip.frames[beat % len(self._clip.frames)]
        for payload in payloads[:-1]:
            call.send(VP8, VIDEO_SSRC, beat * 3000, payload, False)
        call.send(VP8, VIDEO_SSRC, beat * 3000, payloads[-1], True)


async def main(address: str) -> None:
    load = Load(address)
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    gc.freeze()
    while line := await reader.readline():
        print(json.dumps(await load.obey(json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
