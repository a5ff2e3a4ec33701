"""How a receiver's line is judged, and what follows for those who are seen on it."""

import random

import pytest

from server.media import rtcp
from server.media.downlink import WIDE_BPS, Downlink
from sessions.live.media import VIDEO_FLOOR_BPS, LineQuality
from tests.server.media.conftest import Call
from tests.server.media.peer import KEYFRAME, Peer

Pair = tuple[Peer, Peer]


def after(*seconds: tuple[int | None, int, float]) -> Downlink:
    """A line after some seconds: what the receiver believes, what was sent, the share lost."""
    line = Downlink()
    for now, (believed, sent, loss) in enumerate(seconds):
        if believed is not None:
            line.hear(believed, now)
        line.look(sent, loss, now)
    return line


def test_a_belief_that_follows_what_is_sent_is_no_limit() -> None:
    assert after((450_000, 300_000, 0), (1_500_000, 1_000_000, 0)).bps is None


def test_a_belief_below_what_is_sent_is_one() -> None:
    assert after((1_500_000, 1_000_000, 0), (800_000, 1_000_000, 0)).bps == 800_000


def test_the_lowest_counts_while_it_is_narrow() -> None:
    assert after((800_000, 10**6, 0), (600_000, 10**6, 0), (700_000, 10**6, 0)).bps == 600_000


def test_much_loss_is_a_limit_without_a_word() -> None:
    assert after(*[(None, 1_000_000, 0.2)] * 8).bps == 900_000


def test_a_tenth_lost_by_chance_is_left_to_repair() -> None:
    chance = random.Random(1)
    seconds = [sum(chance.random() < 0.1 for _ in range(150)) / 150 for _ in range(300)]
    assert max(seconds) > 0.15
    assert after(*[(None, 1_500_000, loss) for loss in seconds]).bps is None


def test_it_opens_again_slowly_and_at_last_altogether() -> None:
    narrow = [(500_000, 1_000_000, 0.0)]
    calm = [(750_000, 500_000, 0.0)]
    assert after(*narrow, *calm).bps == 500_000
    assert after(*narrow, *calm * 2).bps == 540_000
    assert after(*narrow, *calm * 40).bps is None


def test_what_was_believed_long_ago_does_not_count() -> None:
    line = after((800_000, 100_000, 0))
    line.look(1_000_000, 0, 60)
    assert line.bps is None


def test_what_is_more_than_anybody_sends_is_no_limit() -> None:
    assert after((WIDE_BPS + 1, 2 * WIDE_BPS, 0)).bps is None


def limits(peer: Peer) -> list[int]:
    """What a publisher was held to, one after the other."""
    told = (rtcp.remb_bps(count, body) for kind, count, body in peer.rtcp if kind == 206)
    return [bps for bps in told if bps]


async def believe(call: Call, receiver: Peer, publisher: Peer, bps: int) -> None:
    """Show a picture of some bits a second to somebody who believes in fewer."""
    picture = KEYFRAME + bytes(1_000)
    for _ in range(60):
        publisher.show(picture)
    receiver.send_rtcp(rtcp.remb(1, bps, [receiver.slot("seat-0", "video")]))
    await receiver.until(lambda: len(receiver.of(receiver.slot("seat-0", "video"))) >= 60)
    await call.until(LineQuality, lambda event: event.downlink_bps is not None)


async def test_the_publisher_is_held_to_what_its_receiver_can_take(call: Call, pair: Pair) -> None:
    mina, tao = pair
    await believe(call, mina, tao, 200_000)
    await tao.until(lambda: limits(tao))
    assert limits(tao)[0] == pytest.approx(200_000, rel=0.01)
    told = await call.until(LineQuality, lambda event: event.listeners_bps is not None)
    assert told.participant == "tao"
    assert not limits(mina)


async def test_nobody_is_held_below_the_floor_of_a_picture(call: Call, pair: Pair) -> None:
    mina, tao = pair
    await believe(call, mina, tao, 20_000)
    await tao.until(lambda: limits(tao))
    assert limits(tao)[0] == pytest.approx(VIDEO_FLOOR_BPS, rel=0.01)


async def test_the_narrowest_line_counts(call: Call) -> None:
    await call.seat("mina", "tao")
    await call.seat("jun", "tao")
    mina, jun, tao = [await call.join(name) for name in ("mina", "jun", "tao")]
    jun.send_rtcp(rtcp.remb(1, 190_000, [jun.slot("seat-0", "video")]))
    await believe(call, mina, tao, 300_000)
    await tao.until(lambda: any(abs(bps - 190_000) < 2_000 for bps in limits(tao)))


async def test_a_line_that_carries_no_picture_is_sent_none(call: Call) -> None:
    await call.seat("mina", "tao")
    mina, tao = await call.join("mina"), await call.join("tao")
    tao.show(KEYFRAME + b"seen")
    await mina.until(lambda: mina.rtp)
    await call.seat("mina", "tao", pictures=False)
    tao.show(KEYFRAME + b"unseen")
    tao.say(b"heard")
    await mina.until(lambda: len(mina.rtp) == 2)
    assert mina.rtp[1].payload == b"heard"
    await call.seat("mina", "tao")
    await tao.until(lambda: tao.plis(1002) > 1)
    tao.show(KEYFRAME + b"again")
    await mina.until(lambda: len(mina.rtp) == 3)
    assert mina.rtp[2].payload == KEYFRAME + b"again"
    assert (mina.rtp[2].sequence - mina.rtp[0].sequence) & 0xFFFF == 1
