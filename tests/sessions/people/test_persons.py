"""Members of staff and their passwords."""

import pytest

from sessions.people.persons import PasswordRefused, check_password, hash_password


def test_only_the_right_password_is_right() -> None:
    stored = hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert check_password(stored, "correct horse battery")
    assert not check_password(stored, "correct horse batterY")
    assert not check_password(stored, "")


@pytest.mark.parametrize("length", [0, 9, 201])
def test_a_password_has_a_fitting_length(length: int) -> None:
    with pytest.raises(PasswordRefused):
        hash_password("x" * length)


@pytest.mark.parametrize("stored", [None, "", "plain", "$argon2id$broken"])
def test_who_has_no_password_cannot_use_one(stored: str | None) -> None:
    assert not check_password(stored, "nobody has this password")


def test_a_password_is_compared_whole() -> None:
    stored = hash_password("x" * 200)
    assert check_password(stored, "x" * 200)
    assert not check_password(stored, "x" * 201)


@pytest.mark.parametrize("password", ["비밀번호는 열 글자 넘게", "🚌" * 10, "\x00" * 10, " " * 10])
def test_any_text_may_be_a_password(password: str) -> None:
    assert check_password(hash_password(password), password)
