"""STUN and DTLS that nobody sent on purpose, from strangers and from those in the call."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from server.media.dtls import Dtls, Identity
from server.media.stun import parse_check
from tests.fuzz import mutants
from tests.fuzz.conftest import Victims
from tests.server.media.conftest import ROOM
from tests.server.media.peer import Peer, Wire, write_check

WRONG = "wrong-wrong-wrong-wrong-"
RESPONSE = b"\x01\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)
RELAYED = b"\x00\x03\x00\x00\x21\x12\xa4\x42" + bytes(12)


@pytest.fixture
async def stranger(victims: Victims) -> AsyncIterator[Wire]:
    wire = await Wire.open(victims.call.plane.port)
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    """The DTLS records of a handshake, of both sides, and of the goodbye after it."""
    sent: list[bytes] = []

    async def shake() -> None:
        ends: list[Dtls] = []

        def to(other: int, record: bytes) -> None:
            sent.append(record)
            ends[other].feed(record)

        identity = Identity()
        ends.append(Dtls(identity, lambda record: to(1, record), lambda: None, "client"))
        ends.append(Dtls(identity, lambda record: to(0, record), lambda: None, "server"))
        prints = [("sha-256", identity.fingerprint)]
        await asyncio.gather(*(end.handshake(prints) for end in ends))
        for end in ends:
            await end.close()

    asyncio.run(shake())
    return sent


def checks(peer: Peer, password: str) -> list[bytes]:
    """What may arrive of STUN; checks are signed with this password."""
    name = f"{peer.ufrag}:peer"
    return [
        write_check(name, password),
        write_check(name, password, nominate=False),
        write_check(name, password, fingerprint=False),
        write_check("nobody:peer", password),
        RESPONSE,
        RELAYED,
    ]


async def test_checks_of_strangers(victims: Victims, stranger: Wire) -> None:
    samples = checks(victims.tao, WRONG)
    await victims.bear(mutants.of_bytes("strange checks", samples, 12_000), stranger.send)
    assert not stranger.got


async def test_checks_of_somebody_in_the_call(victims: Victims) -> None:
    samples = checks(victims.tao, victims.tao.password)
    thrown = mutants.of_bytes("own checks", samples, 6_000)
    await victims.bear(thrown, victims.tao.wire.send)


async def test_frames_of_ice_tcp(victims: Victims) -> None:
    samples = [len(one).to_bytes(2, "big") + one for one in checks(victims.tao, WRONG)]
    thrown = mutants.of_bytes("frames", samples, 2_000, kept=2)
    for _ in range(40):
        reader, writer = await asyncio.open_connection("127.0.0.1", victims.call.plane.port)
        for one in [next(thrown) for _ in range(50)]:
            writer.write(one)
        await victims.talk()
        writer.close()
        with contextlib.suppress(ConnectionError):
            assert not await reader.read()
    assert next(thrown, None) is None


async def test_dtls_of_strangers(victims: Victims, stranger: Wire, records: list[bytes]) -> None:
    await victims.bear(mutants.of_bytes("strange records", records, 8_000), stranger.send)
    assert not stranger.got


async def test_dtls_of_somebody_in_the_call(victims: Victims, records: list[bytes]) -> None:
    thrown = mutants.of_bytes("own records", records, 5_000)
    await victims.bear(thrown, victims.tao.wire.send)
    assert not victims.tao.dtls_ended.is_set()


async def test_dtls_instead_of_a_handshake(victims: Victims, records: list[bytes]) -> None:
    thrown = mutants.of_bytes("records instead", records, 2_000)
    for _ in range(40):
        newcomer = Peer()
        newcomer.take(await victims.call.plane.join(ROOM, "newcomer", newcomer.offer))
        newcomer.wire = await Wire.open(newcomer.port, lambda data: None)
        newcomer.wire.send(write_check(f"{newcomer.ufrag}:peer", newcomer.password))
        for one in [next(thrown) for _ in range(50)]:
            newcomer.wire.send(one)
        await victims.talk()
        await victims.call.plane.leave(ROOM, "newcomer")
        assert (await victims.call.closed(newcomer)).reason in ("left", "failed")
        newcomer.vanish()
    assert next(thrown, None) is None


def test_no_mutant_of_a_check_is_read_as_signed() -> None:
    samples = [write_check("ours:theirs", WRONG, nominate=nominate) for nominate in (True, False)]
    for mutant in mutants.of_bytes("signatures", samples, 5_000):
        check = parse_check(mutant)
        if check is not None and mutant not in samples:
            assert not check.signed_with(WRONG.encode())
