"""The inbox takes what a socket has, many datagrams at a time, and knows who sent each."""

import socket

import pytest

from server.media.inbox import BATCH, DATAGRAM_BYTES, Inbox, address_of

Addressed = tuple[bytes, tuple]


def bound(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.setblocking(False)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind((host, 0))
    return made


def taken(inbox: Inbox) -> list[Addressed]:
    count = inbox.receive()
    found = []
    for place in range(count):
        at, sender = place * DATAGRAM_BYTES, place * inbox.stride
        data = inbox.datagrams[at : at + inbox.sizes[place]]
        found.append((data, address_of(inbox.senders[sender : sender + inbox.key_bytes])))
    return found


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_each_datagram_comes_with_its_sender(host: str) -> None:
    with bound(host) as here, bound(host) as mina, bound(host) as jonas:
        inbox = Inbox(here)
        for sender, data in ((mina, b"one"), (jonas, b""), (mina, b"three" * 200)):
            sender.sendto(data, here.getsockname())
        assert taken(inbox) == [
            (b"one", mina.getsockname()),
            (b"", jonas.getsockname()),
            (b"three" * 200, mina.getsockname()),
        ]
        assert taken(inbox) == []


def test_a_socket_of_both_kinds_knows_ipv4_senders() -> None:
    with bound("::") as here, bound("127.0.0.1") as mina:
        mina.sendto(b"hello", ("127.0.0.1", here.getsockname()[1]))
        ((data, sender),) = taken(Inbox(here))
        assert data == b"hello"
        assert sender[:2] == ("::ffff:127.0.0.1", mina.getsockname()[1])
        here.sendto(b"back", sender)
        assert mina.recv(100) == b"back"


def test_more_than_a_batch_is_taken_in_several() -> None:
    with bound("127.0.0.1") as here, bound("127.0.0.1") as mina:
        inbox = Inbox(here)
        for number in range(BATCH + 3):
            mina.sendto(bytes((number,)), here.getsockname())
        got = [data for data, _ in [*taken(inbox), *taken(inbox)]]
        assert got == [bytes((number,)) for number in range(BATCH + 3)]
