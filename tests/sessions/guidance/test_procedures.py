"""Procedures are read from files; one that is not right says where."""

from pathlib import Path

import pytest

from sessions.guidance.procedures import (
    ProcedureBroken,
    ProcedureUnknown,
    find_procedure,
    in_language,
    load,
    shipped,
)

GOOD = """
key = "wipe"
version = 1
minutes = 5
title = { en = "Wipe the lens", ko = "렌즈 닦기" }

[[steps]]
key = "cloth"
title = { en = "Cloth" }
text = { en = "Take a dry cloth." }
expected = { en = "It is clean." }
"""
STEP = GOOD.partition("[[steps]]")[2]


def write(folder: Path, text: str) -> Path:
    file = folder / "wipe.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_procedure_is_read(tmp_path: Path) -> None:
    wipe = load(write(tmp_path, GOOD))
    assert (wipe.key, wipe.number("cloth"), wipe.step("dance")) == ("wipe", 1, None)
    assert in_language(wipe.title, "ko") == "렌즈 닦기"
    assert in_language(wipe.title, "zh") == "Wipe the lens"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("minutes = 5", "minutes = 0"), "minutes"),
        (GOOD.replace("version = 1", ""), "version"),
        (GOOD.replace('text = { en = "Take a dry cloth." }', ""), "steps.0.text"),
        (GOOD + "colour = 1", "colour"),
        (GOOD + "[[steps]]" + STEP, "two steps have the same key"),
        (GOOD.partition("[[steps]]")[0], "steps"),
        ("key = ", "wipe.toml"),
    ],
    ids=["minutes", "version", "text", "extra", "twice", "no-steps", "cut"],
)
def test_a_procedure_that_is_not_right_says_where(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ProcedureBroken) as refusal:
        load(write(tmp_path, text))
    assert words in refusal.value.message()
    assert "wipe.toml" in refusal.value.message()


def test_three_procedures_ship() -> None:
    assert len(shipped()) >= 3
    for key in shipped():
        assert find_procedure(key).key == key
    for key in (None, "", "dance"):
        with pytest.raises(ProcedureUnknown):
            find_procedure(key)
