"""STUN messages, held against another implementation and against anything at all."""

from aioice import stun as aioice_stun
from hypothesis import given
from hypothesis import strategies as st

from server.media import stun
from tests.server.media.peer import write_check

KEY = b"secret-secret-secret-secret"


def foreign_check(**attributes: object) -> bytes:
    """A check as aioice writes it."""
    message = aioice_stun.Message(
        message_method=aioice_stun.Method.BINDING, message_class=aioice_stun.Class.REQUEST
    )
    message.attributes.update({"USERNAME": "ours:theirs", **attributes})
    message.add_message_integrity(KEY)
    return bytes(message)


def test_a_check_of_another_implementation_is_read_and_verified() -> None:
    check = stun.parse_check(foreign_check(PRIORITY=77, **{"USE-CANDIDATE": None}))
    assert check is not None
    assert (check.ufrag, check.nominated) == ("ours", True)
    assert check.signed_with(KEY)
    assert not check.signed_with(b"another key")


def test_an_unnominated_check() -> None:
    check = stun.parse_check(foreign_check())
    assert check is not None
    assert not check.nominated


@given(st.ip_addresses().map(str), st.integers(0, 65535), st.binary(min_size=1, max_size=40))
def test_answers_are_read_by_another_implementation(host: str, port: int, key: bytes) -> None:
    check = stun.parse_check(write_check("a:b", "pw"))
    assert check is not None
    message = aioice_stun.parse_message(stun.success(check, host, port, key))
    assert message.check_message_integrity(key)
    assert message.transaction_id == check.transaction
    told_host, told_port = message.attributes["XOR-MAPPED-ADDRESS"]
    assert told_port == port
    assert told_host == host or host.startswith("::ffff:")


def test_an_ipv4_address_in_disguise_is_told_as_it_is() -> None:
    check = stun.parse_check(write_check("a:b", "pw"))
    assert check is not None
    message = aioice_stun.parse_message(stun.success(check, "::ffff:192.0.2.7", 9, KEY))
    assert message.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.7", 9)


@given(st.binary(max_size=200))
def test_anything_at_all_is_read_without_harm(data: bytes) -> None:
    stun.parse_check(data)
    stun.parse_check(b"\x00\x01" + len(data).to_bytes(2, "big") + stun.MAGIC_COOKIE + data)


@given(st.data())
def test_a_check_that_was_tampered_with_is_not_trusted(data: st.DataObject) -> None:
    message = bytearray(write_check("ours:theirs", "pw", fingerprint=False))
    at = data.draw(st.integers(0, len(message) - 1))
    message[at] ^= data.draw(st.integers(1, 255))
    check = stun.parse_check(bytes(message))
    assert check is None or not check.signed_with(b"pw")


@given(st.integers(0, 120))
def test_a_check_cut_short_is_no_check(size: int) -> None:
    whole = write_check("ours:theirs", "pw")
    assert size >= len(whole) or stun.parse_check(whole[:size]) is None
