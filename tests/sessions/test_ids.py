"""Ids in order of time, and secrets that cannot be guessed."""

from sessions.ids import new_id, new_token, token_hash


def test_ids_are_unique_and_of_version_7() -> None:
    made = [new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}


def test_ids_made_later_come_later() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)


def test_a_token_has_256_bits_and_its_hash_tells_nothing_of_it() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    for token in tokens:
        assert len(token) == 43
        assert len(token_hash(token)) == 64
        assert token not in token_hash(token)
    assert len({token_hash(token) for token in tokens}) == 100


def test_any_text_at_all_has_a_hash() -> None:
    assert token_hash("\udcff") != token_hash("\udcfe")  # as bytes that are no UTF-8 arrive
