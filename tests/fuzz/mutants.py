"""Mutants: what becomes of real messages when some of their bytes or characters are changed."""

import random
from collections.abc import Callable, Iterator, Sequence

EDGES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
WORDS = (b"\0\0", b"\0\1", b"\x7f\xff", b"\x80\0", b"\xff\xfe", b"\xff\xff")
MOST_CHANGES = 4
RANDOM_SHARE = 0.1
LONGEST_BYTES = 1_500
TOKENS = (
    *("", " ", "\0", "\n", "\r\n", "\u2028", "\ud800", "机", '"', "\\", "{", "[[", "]", ":", ","),
    *("0", "-1", "1e999", "65536", "4294967296", "99999999999999999999", "NaN", "٣"),
    *("null", "true", "a=", "m=", "a=mid:", "a=ssrc:0", "m=audio 0 x 0", "9" * 5_000),
)


def of_bytes(seed: object, samples: Sequence[bytes], count: int, kept: int = 1) -> Iterator[bytes]:
    """So many mutants of the samples, one in ten of them random throughout. The first ``kept``
    bytes, by which messages are told apart, mostly stay."""
    chance = random.Random(repr(seed))
    for _ in range(count):
        sample = chance.choice(samples)
        made = bytearray(sample)
        if chance.random() < RANDOM_SHARE:
            made[:] = chance.randbytes(chance.randrange(LONGEST_BYTES))
        else:
            for _ in range(chance.randint(1, MOST_CHANGES)):
                chance.choice(_CHANGES)(chance, made, samples)
        if chance.random() > RANDOM_SHARE:
            made[:kept] = sample[:kept]
        yield bytes(made[:LONGEST_BYTES])


def of_text(seed: object, samples: Sequence[str], count: int) -> Iterator[str]:
    """So many mutants of the samples: characters and lines lost, repeated, moved, replaced."""
    chance = random.Random(repr(seed))
    for _ in range(count):
        text = chance.choice(samples)
        for _ in range(chance.randint(1, MOST_CHANGES)):
            begin = chance.randrange(len(text) + 1)
            end = min(len(text), begin + int(chance.expovariate(0.2)))
            part = chance.choice(
                (
                    "",
                    text[begin:end] * 2,
                    text[begin:end][::-1],
                    chance.choice(TOKENS),
                    chr(chance.choice((chance.randrange(128), chance.randrange(0xD800)))),
                    chance.choice(chance.choice(samples).splitlines() or [""]),
                )
            )
            text = text[:begin] + part + text[end:]
        yield text


def _flip(chance: random.Random, made: bytearray, samples: Sequence[bytes]) -> None:
    if made:
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)


def _edge(chance: random.Random, made: bytearray, samples: Sequence[bytes]) -> None:
    if made:
        made[chance.randrange(len(made))] = chance.choice(EDGES)


def _word(chance: random.Random, made: bytearray, samples: Sequence[bytes]) -> None:
    at = chance.randrange(len(made) + 1)
    made[at : at + 2] = chance.choice(WORDS)


def _cut(chance: random.Random, made: bytearray, samples: Sequence[bytes]) -> None:
    del made[chance.randrange(len(made) + 1) :]


def _lose(chance: random.Random, made: bytearray, samples: Sequence[bytes]) -> None:
    at = chance.randrange(len(made) + 1)
    del made[at : at + chance.randint(1, 8)]


def _repeat(chance: random.Random, made: bytearray, samples: Sequence[bytes]) -> None:
    at = chance.randrange(len(made) + 1)
    made[at:at] = made[at : at + chance.randint(1, 64)]


def _grow(chance: random.Random, made: bytearray, samples: Sequence[bytes]) -> None:
    at = chance.randrange(len(made) + 1)
    made[at:at] = chance.randbytes(chance.randint(1, 64))


def _cross(chance: random.Random, made: bytearray, samples: Sequence[bytes]) -> None:
    other = chance.choice(samples)
    made[chance.randrange(len(made) + 1) :] = other[chance.randrange(len(other) + 1) :]


_CHANGES: Sequence[Callable[[random.Random, bytearray, Sequence[bytes]], None]] = (
    *(_flip, _edge, _word, _cut, _lose, _repeat, _grow, _cross),
)
