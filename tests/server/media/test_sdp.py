"""Offers: which are understood, which are refused and why, and what the answer says."""

import re

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from server.media.answer import Transport, lay_out, write_answer
from server.media.sdp import parse_offer
from sessions.live.media import CodecRefused, SdpRefused
from tests.server.media.offers import ABS_SEND_TIME, TRANSPORT_CC, Line, browser_lines, write_offer

FINGERPRINT = ":".join(["AB"] * 32)
TRANSPORT = Transport("ufrag", "password", FINGERPRINT, ("192.0.2.1", "2001:db8::1"), 8081, 2000)
GOOD = write_offer(browser_lines(), FINGERPRINT)
SMALL = write_offer([Line("audio", "sendonly", 5)], FINGERPRINT)
DATA = """m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=mid:data
a=sctp-port:5000
""".replace("\n", "\r\n")


def answer_to(offer: str) -> str:
    return write_answer(lay_out(parse_offer(offer)), TRANSPORT)


def sections(sdp: str) -> list[str]:
    return ["m=" + section for section in re.split(r"^m=", sdp, flags=re.M)[1:]]


def test_the_browsers_fourteen_lines() -> None:
    parts = lay_out(parse_offer(GOOD))
    assert [part.track for part in parts[:3]] == ["audio", "camera", "screen"]
    assert [part.line.ssrc for part in parts[:3]] == [1001, 1002, 1003]
    places = [part.slot for part in parts[3:] if part.slot is not None]
    assert [(place.kind, place.seat) for place in places] == [
        *(("audio", seat) for seat in range(5)),
        *(("video", seat) for seat in range(5)),
        ("video", None),
    ]
    assert len({place.ssrc for place in places}) == 11


def test_the_answer_as_a_whole() -> None:
    sdp = answer_to(GOOD)
    head, *media = re.split(r"^m=", sdp, flags=re.M)
    assert "a=ice-lite\r\n" in head
    assert "a=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11 12 13\r\n" in head
    assert len(media) == 14
    for number, section in enumerate(media):
        assert f"a=mid:{number}\r\n" in section
        for line in (
            "a=rtcp-mux",
            "a=rtcp-rsize",
            "a=setup:passive",
            "a=ice-ufrag:ufrag",
            "a=ice-pwd:password",
            f"a=fingerprint:sha-256 {FINGERPRINT}",
            "a=end-of-candidates",
        ):
            assert f"{line}\r\n" in section
        candidates = re.findall(r"a=candidate:\S+ 1 (\w+) \d+ (\S+) 8081 typ host(.*)\r", section)
        assert candidates == [
            ("udp", "192.0.2.1", ""),
            ("tcp", "192.0.2.1", " tcptype passive"),
            ("udp", "2001:db8::1", ""),
            ("tcp", "2001:db8::1", " tcptype passive"),
        ]


def test_what_comes_up_and_what_goes_down() -> None:
    media = sections(answer_to(GOOD))
    microphone, camera, seat, screen = media[0], media[1], media[8], media[13]
    assert "a=recvonly" in microphone
    assert "a=fmtp:111 minptime=10;useinbandfec=1" in microphone
    assert "a=rtpmap:96 VP8/90000" in camera
    for feedback in ("transport-cc", "goog-remb", "ccm fir", "nack pli"):
        assert f"a=rtcp-fb:96 {feedback}\r\n" in camera
    assert f"a=extmap:3 {TRANSPORT_CC}" in camera
    assert ABS_SEND_TIME not in camera
    assert "a=sendonly" in seat
    assert f"a=extmap:2 {ABS_SEND_TIME}" in seat
    assert TRANSPORT_CC not in seat
    assert "a=msid:seat-0 seat-0-video" in seat
    assert re.search(r"a=ssrc:\d+ cname:seat-0", seat)
    assert "a=msid:seat-0 seat-0-audio" in media[3]
    assert "a=msid:screen screen-video" in screen


def test_lost_packets_may_be_asked_for_again_both_ways() -> None:
    media = sections(answer_to(GOOD))
    camera, seat = media[1], media[8]
    for section in (camera, seat):
        assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" in section
        assert "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n" in section
        assert "a=rtcp-fb:96 nack\r\n" in section
    group = re.search(r"a=ssrc-group:FID (\d+) (\d+)", seat)
    assert group is not None
    assert re.findall(r"a=ssrc:(\d+) cname:seat-0", seat) == list(group.groups())
    assert "a=rtcp-fb:111 nack\r\n" in media[0]


def test_without_retransmissions_there_is_no_stream_for_them() -> None:
    media = sections(answer_to(re.sub(r"a=rtpmap:97 .*\r\n", "", GOOD)))
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" in media[8]
    assert "FID" not in media[8]


BASELINE = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


def with_h264(offer: str, formats: str, parameters: str = BASELINE) -> str:
    """The same offer with H.264 as format 102 and its retransmissions as 103."""
    offer = offer.replace("SAVPF 96 97", f"SAVPF {formats}")
    more = (
        f"a=rtpmap:102 H264/90000\r\na=fmtp:102 {parameters}\r\na=rtcp-fb:102 nack pli\r\n"
        "a=rtpmap:103 rtx/90000\r\na=fmtp:103 apt=102\r\n"
    )
    return offer.replace("a=rtpmap:96 VP8/90000\r\n", "a=rtpmap:96 VP8/90000\r\n" + more)


def test_the_first_choice_comes_up_and_all_go_down() -> None:
    media = sections(answer_to(with_h264(GOOD, "96 97 102 103")))
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" in media[1]
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103\r\n" in media[8]
    assert f"a=fmtp:102 {BASELINE}\r\n" in media[8]
    media = sections(answer_to(with_h264(GOOD, "102 103 96 97")))
    assert "m=video 9 UDP/TLS/RTP/SAVPF 102 103\r\n" in media[1]
    assert f"a=fmtp:102 {BASELINE};x-google-start-bitrate=2000\r\n" in media[1]
    assert "m=video 9 UDP/TLS/RTP/SAVPF 102 103 96 97\r\n" in media[8]


@pytest.mark.parametrize(
    "parameters",
    [
        "packetization-mode=0;profile-level-id=42e01f",
        "packetization-mode=1;profile-level-id=42001f",
        "packetization-mode=1;profile-level-id=4d001f",
        "packetization-mode=1;profile-level-id=640c1f",
        "packetization-mode=1",
        "",
    ],
)
def test_other_kinds_of_h264_are_not_used(parameters: str) -> None:
    media = sections(answer_to(with_h264(GOOD, "102 103 96 97", parameters)))
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" in media[1]


def test_another_implementation_reads_the_answer() -> None:
    read = SessionDescription.parse(answer_to(GOOD))
    assert len(read.media) == 14
    assert {media.dtls.role for media in read.media} == {"server"}
    assert all(len(media.ice_candidates) == 4 for media in read.media)


def test_ipv6_comes_first_where_there_is_a_choice() -> None:
    priority = dict(re.findall(r"1 udp (\d+) (\S+)", answer_to(SMALL)))
    assert [priority[p] for p in sorted(priority, key=int)] == ["192.0.2.1", "2001:db8::1"]


def test_a_short_offer_of_both_ways() -> None:
    lines = [Line("audio", "sendrecv", 5), Line("video", "sendrecv", 6)]
    audio, video = lay_out(parse_offer(write_offer(lines, FINGERPRINT)))
    assert (audio.track, video.track) == ("audio", "camera")
    assert audio.slot is not None
    assert audio.slot.seat == 0
    assert "a=sendrecv" in sections(answer_to(write_offer(lines, FINGERPRINT)))[0]


def test_what_is_beyond_the_seats_is_refused_line_by_line() -> None:
    lines = [Line("audio", "recvonly") for _ in range(7)] + [
        Line("video", "sendonly", number) for number in (1, 2, 3)
    ]
    media = sections(answer_to(write_offer(lines, FINGERPRINT)))
    alive = [section.split()[1] != "0" for section in media]
    assert alive == [True] * 5 + [False] * 2 + [True] * 2 + [False]


@pytest.mark.parametrize(
    "unknown",
    [
        DATA,
        "m=text 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:t\r\n",
        "m=audio 9 RTP/AVP 0\r\na=mid:old\r\na=sendrecv\r\n",
        "m=image 0 udptl t38\r\na=mid:fax\r\n",
    ],
)
def test_lines_of_other_kinds_are_refused_and_the_rest_works(unknown: str) -> None:
    offer = SMALL.replace("BUNDLE 0", "BUNDLE 0 data") + unknown
    sound, other = sections(answer_to(offer))
    assert sound.startswith("m=audio 9 ")
    assert other.split()[1] == "0"
    assert "a=inactive" in other
    assert "a=group:BUNDLE 0\r\n" in answer_to(offer)


def test_a_line_that_is_only_bundled_is_used() -> None:
    offer = SMALL.replace("m=audio 9", "m=audio 0").replace("a=mid:0", "a=mid:0\r\na=bundle-only")
    assert lay_out(parse_offer(offer))[0].track == "audio"


def test_line_ends_of_unix_and_session_wide_attributes_are_understood() -> None:
    wide = SMALL.replace("a=setup:actpass\r\n", "").replace("t=0 0", "t=0 0\r\na=setup:actpass")
    assert parse_offer(wide.replace("\r\n", "\n")).fingerprints == (("sha-256", FINGERPRINT),)


def test_the_primary_stream_is_found_behind_retransmissions() -> None:
    offer = write_offer([Line("video", "sendonly", 77)], FINGERPRINT)
    swapped = offer.replace("a=ssrc:77 ", "a=ssrc:5077 cname:peer\r\na=ssrc:77 ")
    assert parse_offer(swapped).media[0].ssrc == 77


def test_without_announced_streams_the_mid_is_asked_for() -> None:
    assert "sdes:mid" in answer_to(write_offer([Line("audio", "sendonly")], FINGERPRINT))
    assert "sdes:mid" not in answer_to(SMALL)


@pytest.mark.parametrize(
    ("offer", "reason"),
    [
        ("", "it is not SDP"),
        ("hello", "it is not SDP"),
        ("{}", "it is not SDP"),
        ("v=0\r\nhello\r\n", "it is not SDP"),
        ("v=0\r\ns=-\r\n", "it offers no sound and no picture"),
        (GOOD + "a=x:" + "y" * 70_000, "it is too long"),
        ("v=0\r\n" + "a=\u00e9\r\n" * 20_000, "it is too long"),
        ("v=0\r\n" + "a=x\r\n" * 5000, "it is too long"),
        ("v=0\r\n" + "m=audio 9 X 0\r\n" * 40, "it has too many media lines"),
        ("v=0\r\nm=audio\r\n", "a media line is broken"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF <script>\r\n", "a media line is broken"),
        (SMALL.replace("a=sendonly", "a=inactive"), "it offers no sound and no picture"),
        (SMALL.replace("m=audio 9", "m=audio 0"), "it offers no sound and no picture"),
        (SMALL.replace("a=ice-ufrag", "a=x"), "it has no ICE credentials"),
        (SMALL.replace("a=ice-pwd", "a=x"), "it has no ICE credentials"),
        (SMALL.replace("peerpeerpeer", ""), "it has no ICE credentials"),
        (SMALL.replace("a=fingerprint", "a=x"), "it has no DTLS fingerprint that is known"),
        (SMALL.replace("sha-256", "md2"), "it has no DTLS fingerprint that is known"),
        (SMALL.replace(FINGERPRINT, "AB:CD"), "its DTLS fingerprint is broken"),
        (
            SMALL.replace("setup:actpass", "setup:passive"),
            "it wants to wait for the DTLS handshake",
        ),
        (SMALL.replace("a=rtcp-mux\r\n", ""), "it does not multiplex RTCP"),
        (GOOD.replace("a=mid:1\r\n", "a=mid:0\r\n"), "two media lines have the same name"),
        (GOOD.replace("a=mid:1\r\n", ""), "it does not bundle its media lines"),
        (GOOD.replace("a=group", "a=x"), "it does not bundle its media lines"),
        (SMALL.replace("a=mid:0", "a=mid:a b"), "a media line's name is broken"),
        (SMALL.replace("a=extmap:2", "a=extmap:0"), "a header extension's number is broken"),
        (
            SMALL.replace("a=extmap:2", "a=extmap:" + "9" * 5000),
            "a header extension's number is broken",
        ),
        (SMALL.replace("111", "72"), "a payload type is broken"),
        (SMALL.replace("111", "128"), "a payload type is broken"),
        (SMALL.replace("a=ssrc:5", "a=ssrc:five"), "an SSRC is broken"),
        (SMALL.replace("a=ssrc:5", "a=ssrc:4294967296"), "an SSRC is broken"),
        (
            GOOD.replace("1002", "1001").replace("6002", "6001"),
            "two media lines send with the same SSRC",
        ),
    ],
)
def test_refused_offers(offer: str, reason: str) -> None:
    with pytest.raises(SdpRefused) as refused:
        parse_offer(offer)
    assert refused.value.values["reason"] == reason
    assert reason in refused.value.message()


@pytest.mark.parametrize(
    "offer",
    [
        SMALL.replace("opus", "PCMU"),
        SMALL.replace("opus/48000/2", "opus/48000"),
        GOOD.replace("VP8", "H264"),
        SMALL.replace("a=rtpmap:111", "a=rtpmap:112"),
    ],
)
def test_offers_without_a_common_format(offer: str) -> None:
    with pytest.raises(CodecRefused):
        parse_offer(offer)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_offer_is_answered_or_refused(data: st.DataObject) -> None:
    lines = GOOD.split("\r\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        kind = data.draw(st.sampled_from(["drop", "double", "cut", "change"]))
        if kind == "drop":
            lines[at] = ""
        elif kind == "double":
            lines.insert(at, lines[at])
        elif kind == "cut":
            lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
        else:
            lines[at] = lines[at][:2] + data.draw(st.text(max_size=30))
    try:
        answer = answer_to("\r\n".join(lines))
    except (SdpRefused, CodecRefused):
        return
    assert len(sections(answer)) == len([line for line in lines if line.startswith("m=")])


@given(st.text(max_size=300))
def test_anything_at_all_is_refused(text: str) -> None:
    for offer in (text, "v=0\r\n" + text):
        with pytest.raises((SdpRefused, CodecRefused)):
            parse_offer(offer)
