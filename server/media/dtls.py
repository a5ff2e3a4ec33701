"""The one adapter around aiortc's DTLS transport and pylibsrtp: handshake in, packet functions out.

aiortc's transport is given DTLS records only; the SRTP sessions it derives are used directly, so
that media packets pass through two C calls and nothing else. What this leans on inside both
libraries is asserted in ``tests/server/media/test_adapter_facts.py``.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from pylibsrtp._binding import ffi, lib

HASHES = ("sha-256", "sha-384", "sha-512")
PACKET_BYTES = 1500
QUEUE_RECORDS = 64
_TRAILER_BYTES = 148

Transform = Callable[[bytes], bytes | None]
Fingerprint = tuple[str, str]


class DtlsFailed(ConnectionError):
    """The handshake did not end in keys: refused, wrong fingerprint, or given up."""


class Identity:
    """The certificate this process shows; ``fingerprint`` is its SHA-256, as SDP writes it."""

    def __init__(self) -> None:
        self.certificate = RTCCertificate.generateCertificate()
        self.fingerprint: str = next(
            f.value for f in self.certificate.getFingerprints() if f.algorithm == "sha-256"
        )


class Keys:
    """Packet functions of one connection; each gives None for what it cannot make sense of."""

    __slots__ = ("protect", "protect_rtcp", "unprotect", "unprotect_rtcp")

    def __init__(self, received: Any, sent: Any) -> None:
        self.unprotect = _transform(received, lib.srtp_unprotect)
        self.unprotect_rtcp = _transform(received, lib.srtp_unprotect_rtcp)
        self.protect = _transform(sent, lib.srtp_protect)
        self.protect_rtcp = _transform(sent, lib.srtp_protect_rtcp)


def _transform(session: Any, function: Any) -> Transform:
    memory = ffi.new("char[]", PACKET_BYTES + _TRAILER_BYTES)
    view = ffi.buffer(memory)
    length = ffi.new("int *")
    handle = session._srtp[0]

    # ``keep`` holds the session: its memory goes with the object.
    def transform(packet: bytes, keep: Any = session) -> bytes | None:
        size = len(packet)
        if size > PACKET_BYTES:
            return None
        view[0:size] = packet
        length[0] = size
        if function(handle, memory, length):
            return None
        return view[0 : length[0]]  # type: ignore[no-any-return]

    return transform


class _Pipe:
    """What RTCDtlsTransport needs of an ICE transport."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send_now = send
        self.records: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_RECORDS)

    async def _recv(self) -> bytes:
        record = await self.records.get()
        if record is None:
            raise ConnectionError
        return record

    async def _send(self, data: bytes) -> None:
        self._send_now(data)


class Dtls:
    """DTLS with one peer (RFC 5763), this side passive unless told otherwise.

    ``feed`` takes each DTLS record that arrives; ``send`` is called with each one to go out,
    ``on_end`` when the handshake failed or the peer said goodbye.
    """

    def __init__(
        self,
        identity: Identity,
        send: Callable[[bytes], None],
        on_end: Callable[[], None],
        role: str = "server",
    ) -> None:
        self._pipe = _Pipe(send)
        ice: Any = self._pipe
        self._transport = RTCDtlsTransport(ice, [identity.certificate])
        self._transport._set_role(role)
        self._transport.on("statechange", self._changed)
        self._on_end = on_end

    def feed(self, record: bytes) -> None:
        """Take a record; one too many is dropped, DTLS sends it again."""
        if not self._pipe.records.full():
            self._pipe.records.put_nowait(record)

    async def handshake(self, fingerprints: Sequence[Fingerprint]) -> Keys:
        """Shake hands with the peer whose certificate has these fingerprints. Raises DtlsFailed."""
        wanted = [RTCDtlsFingerprint(algorithm=a, value=v) for a, v in fingerprints]
        try:
            await self._transport.start(RTCDtlsParameters(fingerprints=wanted))
        except ValueError as error:  # a certificate that is none
            raise DtlsFailed from error
        if self._transport.state != "connected":
            raise DtlsFailed
        return Keys(self._transport._rx_srtp, self._transport._tx_srtp)

    async def close(self) -> None:
        """Say goodbye to the peer and stop."""
        await self._transport.stop()

    def _changed(self) -> None:
        if self._transport.state in ("closed", "failed"):
            self._on_end()
