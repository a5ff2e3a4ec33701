"""What the plane relies on inside aiortc and pylibsrtp; a new version of either must pass here."""

import asyncio
import inspect
import os
import struct

import pylibsrtp
import pytest
from aiortc import rtcdtlstransport
from aiortc.rtcdtlstransport import RTCDtlsTransport
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

from server.media.dtls import Dtls, DtlsFailed, Identity, Keys
from tests.server.media.peer import write_rtp

SERVER, CLIENT, OTHER = Identity(), Identity(), Identity()


class Two:
    """A server and a client whose records go to each other, unless ``lost`` says otherwise."""

    def __init__(self, lost: int = 0) -> None:
        self.lost = lost
        self.ended: list[str] = []
        self.server = Dtls(SERVER, self._to_client, lambda: self.ended.append("server"))
        self.client = Dtls(CLIENT, self._to_server, lambda: self.ended.append("client"), "client")

    def _to_client(self, record: bytes) -> None:
        if self.lost:
            self.lost -= 1
        else:
            self.client.feed(record)

    def _to_server(self, record: bytes) -> None:
        self.server.feed(record)

    async def shake(self, expected: Identity = CLIENT) -> tuple[Keys, Keys]:
        server, client = await asyncio.gather(
            self.server.handshake([("sha-256", expected.fingerprint)]),
            self.client.handshake([("sha-256", SERVER.fingerprint)]),
            return_exceptions=True,
        )
        if isinstance(server, BaseException):
            raise server
        assert not isinstance(client, BaseException)
        return server, client

    async def close(self) -> None:
        await self.client.close()
        await self.server.close()


async def test_a_handshake_fed_with_dtls_alone_gives_keys_that_fit() -> None:
    two = Two()
    server, client = await two.shake()
    packet = write_rtp(96, 1, 2, 3, b"picture")
    assert server.unprotect(client.protect(packet)) == packet
    assert client.unprotect(server.protect(packet)) == packet
    report = b"\x80\xc9\x00\x01" + bytes(4)
    assert server.unprotect_rtcp(client.protect_rtcp(report)) == report
    await two.close()


async def test_a_lost_flight_is_sent_again_by_timer() -> None:
    two = Two(lost=1)
    server, client = await two.shake()
    packet = write_rtp(96, 1, 2, 3, b"picture")
    assert client.unprotect(server.protect(packet)) == packet
    assert two.lost == 0
    await two.close()


async def test_a_wrong_certificate_fails() -> None:
    two = Two()
    with pytest.raises(DtlsFailed):
        await two.shake(expected=OTHER)
    assert "server" in two.ended
    await two.close()


async def test_a_goodbye_is_noticed() -> None:
    two = Two()
    await two.shake()
    await two.client.close()
    while "server" not in two.ended:
        await asyncio.sleep(0)
    await two.close()


async def test_records_that_make_no_sense_disturb_nothing() -> None:
    two = Two()
    for junk in (b"\x16\xfe\xff", b"\x16" * 60, os.urandom(40), b"\x14"):
        two.server.feed(junk)
    server, client = await two.shake()
    for junk in (b"\x17\xfe\xfd" + bytes(30), b"\x15" + bytes(14), b"\x16" * 1400):
        two.server.feed(junk)
    packet = write_rtp(96, 1, 2, 3, b"picture")
    assert server.unprotect(client.protect(packet)) == packet
    assert two.ended == []
    await two.close()


async def test_more_records_than_fit_are_dropped() -> None:
    two = Two()
    for _ in range(1000):
        two.server.feed(b"\x16" * 20)
    await two.close()


def test_names_inside_the_libraries() -> None:
    transport = inspect.getsource(RTCDtlsTransport)
    for name in ("_rx_srtp", "_tx_srtp", "_set_role", '"statechange"', "DTLSv1_get_timeout"):
        assert name in transport
    assert {"sha-256", "sha-384", "sha-512"} == set(rtcdtlstransport.X509_DIGEST_ALGORITHMS)
    for function in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert hasattr(lib, function)
    assert ffi.typeof("char[]")
    session = Session(Policy(key=bytes(30), ssrc_type=Policy.SSRC_ANY_INBOUND))
    assert session._srtp[0]


def sessions() -> tuple[Session, Session]:
    key = bytes(range(30))
    return (
        Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_INBOUND)),
        Session(Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND)),
    )


def test_the_short_way_through_libsrtp_does_what_pylibsrtp_does() -> None:
    received, sent = sessions()
    keys = Keys(received, sent)
    _, same = sessions()
    for number, size in enumerate((0, 1, 500, 1300)):
        packet = write_rtp(96, number, 2, 3, os.urandom(size))
        protected = keys.protect(packet)
        assert protected == same.protect(packet)
        assert keys.unprotect(protected) == packet


def test_what_cannot_be_protected_or_trusted_is_none() -> None:
    keys = Keys(*sessions())
    packet = write_rtp(96, 1, 2, 3, b"picture")
    protected = keys.protect(packet)
    assert keys.unprotect(protected) == packet
    assert keys.unprotect(protected) is None  # twice
    assert keys.unprotect(keys.protect(write_rtp(96, 2, 2, 3, b"x"))[:-1] + b"?") is None
    for junk in (b"", b"\x80", b"\x80" * 11, b"\x80" * 12, b"\x9f" * 40, b"\xff" * 1500):
        assert keys.unprotect(junk) is None
        assert keys.unprotect_rtcp(junk) is None
    assert keys.protect(bytes(1501)) is None
    assert keys.unprotect(bytes(2048)) is None
    assert keys.protect(b"") is None


def test_headers_that_reach_beyond_the_packet_do_not_come_through() -> None:
    """The hot path reads the lengths in the header without checking them again."""
    received, sent = sessions()
    keys = Keys(received, sent)
    head = struct.pack(">BBHII", 0x9F, 96, 7, 1, 3)  # 15 CSRCs and an extension
    for size in range(0, 80, 4):
        for words in (0, 1, 5, 0xFFFF):
            packet = head + bytes(max(0, size - 4)) + struct.pack(">HH", 0xBEDE, words)
            protected = keys.protect(packet)
            opened = keys.unprotect(protected) if protected is not None else None
            if opened is None:
                continue
            start = 12 + 60
            assert len(opened) >= start + 4
            assert len(opened) >= start + 4 + 4 * int.from_bytes(opened[start + 2 : start + 4])


def test_versions_are_the_pinned_ones() -> None:
    assert pylibsrtp.__version__ == "1.0.0"
