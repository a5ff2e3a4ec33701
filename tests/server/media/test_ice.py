"""Stories of the one port: who is answered, who is believed, and what moves a participant."""

import asyncio
import os
import struct

import pytest
from aioice import stun as aioice_stun

from server.media.plane import Plane
from tests.server.media.conftest import ROOM, Call
from tests.server.media.offers import OPUS, browser_lines, write_offer
from tests.server.media.peer import IDENTITY, Peer, Wire, write_check, write_rtp

Pair = tuple[Peer, Peer]


@pytest.fixture
async def stranger(plane: Plane) -> Wire:
    wire = await Wire.open(plane.port)
    yield wire
    wire.close()


async def fence(speaker: Peer, listener: Peer) -> None:
    """All that was sent before has been dealt with: the port takes datagrams in order."""
    before = len(listener.rtp)
    speaker.say(b"fence")
    await listener.until(lambda: len(listener.rtp) > before)


def client_hello() -> bytes:
    """A DTLS handshake record such as opens an attack on the handshake."""
    body = b"\xfe\xfd" + os.urandom(32) + b"\0\0\0\x02\xc0\x2b\x01\0"
    handshake = (
        b"\x01" + len(body).to_bytes(3, "big") + b"\0\0\0\0\0" + len(body).to_bytes(3, "big")
    )
    record = handshake + body
    return b"\x16\xfe\xff" + bytes(8) + len(record).to_bytes(2, "big") + record


async def test_junk_has_no_effect_and_no_answer(pair: Pair, stranger: Wire) -> None:
    mina, tao = pair
    for junk in (
        b"\x00",
        b"\x01" * 19,
        bytes(20),
        b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12),  # a request without credentials
        b"\x00\x01\xff\xff\x21\x12\xa4\x42" + bytes(12),
        b"\x16" * 100,
        client_hello(),
        b"\x40channel data",
        b"\x80" * 200,
        write_rtp(OPUS, 1, 1, 1001, b"in the clear"),
        b"\xff" * 1500,
        bytes(2048),
        os.urandom(1200),
    ):
        stranger.send(junk)
    stranger.send(b"")
    await fence(tao, mina)
    assert [packet.payload for packet in mina.rtp] == [b"fence"]
    assert stranger.got == []


async def test_a_check_with_a_wrong_password_is_not_answered(pair: Pair, stranger: Wire) -> None:
    mina, tao = pair
    stranger.send(write_check(f"{tao.ufrag}:x", "wrong" * 5))
    stranger.send(write_check("nobody:x", tao.password))
    good = write_check(f"{tao.ufrag}:x", tao.password)
    stranger.send(good[:-1] + bytes((good[-1] ^ 1,)))  # a wrong FINGERPRINT
    stranger.send(good[:24] + b"\xff" + good[25:])
    await fence(tao, mina)
    assert stranger.got == []
    mina.say(b"still to the right one")
    await tao.until(lambda: tao.rtp)


async def test_a_check_without_fingerprint_is_answered(pair: Pair) -> None:
    _, tao = pair
    before = len(tao.stun)
    tao.wire.send(write_check(f"{tao.ufrag}:x", tao.password, fingerprint=False))
    await tao.until(lambda: len(tao.stun) > before)


async def test_the_answer_to_a_check_is_signed_and_names_the_address(pair: Pair) -> None:
    _, tao = pair
    response = aioice_stun.parse_message(tao.stun[0])
    assert response.message_class == aioice_stun.Class.RESPONSE
    assert response.check_message_integrity(tao.password.encode())
    assert response.attributes["XOR-MAPPED-ADDRESS"] == tao.wire.address
    assert "FINGERPRINT" in response.attributes


async def test_media_and_dtls_from_elsewhere_are_not_believed(pair: Pair, stranger: Wire) -> None:
    mina, tao = pair
    stranger.send(tao.keys.protect(write_rtp(OPUS, 1, 1, 1001, b"right keys, wrong address")))
    for _ in range(100):
        stranger.send(client_hello())
    await fence(tao, mina)
    assert [packet.payload for packet in mina.rtp] == [b"fence"]
    assert stranger.got == []
    assert not tao.dtls_ended.is_set()


async def test_a_handshake_is_not_disturbed_by_strangers(call: Call, stranger: Wire) -> None:
    tao = Peer()
    call.peers.append(tao)
    answer = await call.plane.join(ROOM, "tao", tao.offer)
    tao.take(answer)
    busy = True

    async def disturb() -> None:
        while busy:
            stranger.send(client_hello())
            stranger.send(write_check(f"{tao.ufrag}:peer", "guess" * 5))
            await asyncio.sleep(0)

    disturbing = asyncio.create_task(disturb())
    await tao.connect(answer)
    busy = False
    await disturbing
    assert stranger.got == []


async def test_dtls_before_any_check_is_not_answered(call: Call, stranger: Wire) -> None:
    await call.plane.join(ROOM, "tao", Peer().offer)
    stranger.send(client_hello())
    await call.join("mina")
    assert stranger.got == []


async def test_candidates_of_a_client_are_never_contacted(call: Call) -> None:
    named = await asyncio.get_running_loop().create_datagram_endpoint(
        Wire, local_addr=("127.0.0.1", 0)
    )
    wire = named[1]
    port = wire.address[1]
    candidates = [
        f"1 1 udp 2130706431 127.0.0.1 {port} typ host",
        "2 1 udp 2130706430 4f2b.local 9 typ host",
        f"3 1 tcp 1518280447 127.0.0.1 {port} typ host tcptype passive",
    ]
    await call.seat("mina", "tao")
    mina, tao = await call.join("mina"), Peer()
    call.peers.append(tao)
    offer = write_offer(browser_lines(), IDENTITY.fingerprint, candidates)
    await tao.connect(await call.plane.join(ROOM, "tao", offer))
    await fence(tao, mina)
    assert wire.got == []
    wire.close()


async def test_a_call_works_over_tcp_alone(call: Call) -> None:
    await call.seat("mina", "tao")
    await call.seat("tao", "mina")
    mina, tao = await call.join("mina", tcp=True), await call.join("tao")
    mina.say(b"over tcp")
    tao.say(b"over udp")
    await tao.until(lambda: tao.rtp)
    await mina.until(lambda: mina.rtp)
    assert (tao.rtp[0].payload, mina.rtp[0].payload) == (b"over tcp", b"over udp")


async def test_tcp_connections_that_talk_nonsense_are_cut(plane: Plane) -> None:
    for nonsense in (b"\xff\xff", b"GET / HTTP/1.1\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", plane.port)
        writer.write(nonsense)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(1)
        writer.close()


async def test_tcp_frames_may_come_in_any_pieces(call: Call) -> None:
    answer = await call.plane.join(ROOM, "tao", Peer().offer)
    tao = Peer()
    tao.take(answer)
    reader, writer = await asyncio.open_connection("127.0.0.1", tao.port)
    check = write_check(f"{tao.ufrag}:peer", tao.password)
    frame = struct.pack(">H", 0) + struct.pack(">H", len(check)) + check
    for byte in frame + frame:
        writer.write(bytes((byte,)))
        await writer.drain()
    for _ in range(2):
        size = int.from_bytes(await reader.readexactly(2), "big")
        assert (await reader.readexactly(size))[:2] == b"\x01\x01"
    writer.close()


async def test_a_closed_tcp_connection_takes_nothing_else_along(call: Call) -> None:
    await call.seat("mina", "tao")
    mina, tao = await call.join("mina", tcp=True), await call.join("tao")
    mina.wire.close()
    tao.say(b"into the void")
    tao.say(b"into the void")
    mina.wire = await Wire.open(mina.port, mina._hear)
    await mina.check()
    await fence(tao, mina)
    assert mina.rtp[-1].payload == b"fence"


async def test_a_nominated_check_from_a_new_address_moves_the_participant(pair: Pair) -> None:
    mina, tao = pair
    await tao.move()
    await tao.check()
    mina.say(b"where are you")
    await tao.until(lambda: tao.rtp)
    tao.say(b"here")
    await mina.until(lambda: mina.rtp)


async def test_media_from_a_proved_address_moves_the_participant(pair: Pair) -> None:
    mina, tao = pair
    await tao.move()
    await tao.check(nominate=False)
    tao.say(b"I am here now")
    await mina.until(lambda: mina.rtp)
    mina.say(b"I see")
    await tao.until(lambda: tao.rtp)


async def test_a_copied_check_moves_nobody(pair: Pair, stranger: Wire) -> None:
    mina, tao = pair
    check = write_check(f"{tao.ufrag}:peer", tao.password)
    before = len(tao.stun)
    tao.wire.send(check)
    await tao.until(lambda: len(tao.stun) > before)
    stranger.send(check)
    mina.say(b"for Tao alone")
    await tao.until(lambda: tao.rtp)
    assert stranger.got == []


async def test_a_participant_may_have_many_addresses_but_not_any_number(pair: Pair) -> None:
    mina, tao = pair
    for _ in range(20):
        await tao.move()
        await tao.check(nominate=False)
    await tao.check()
    mina.say(b"to the last")
    await tao.until(lambda: tao.rtp)
