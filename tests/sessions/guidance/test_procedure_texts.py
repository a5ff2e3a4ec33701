"""The procedures that ship: every step complete in every language, and in that language."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import sessions.guidance

FOLDER = Path(sessions.guidance.__file__).parent / "procedures"
FILES = sorted(FOLDER.glob("*.toml"))
LANGUAGES = ["en", "zh", "ko"]
LONGEST = {"title": 60, "text": 240, "expected": 160, "unsafe": 160}
HAN = re.compile(r"[\u4e00-\u9fff]")
HANGUL = re.compile(r"[\uac00-\ud7a3]")
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")
NUMBER = re.compile(r"\d+")

each_procedure = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def texts(procedure: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every text of a procedure: where it stands, which field it is, and its languages."""
    yield "procedure", "title", procedure["title"]
    for step in procedure["steps"]:
        for name in LONGEST:
            if name in step:
                yield step["key"], name, step[name]


def test_the_three_procedures_ship() -> None:
    shipped = {path.stem for path in FILES}
    assert {"bus-hv-isolation", "ups-battery-module", "generator-oil-filter"} <= shipped


@each_procedure
def test_a_procedure_says_what_it_is(path: Path) -> None:
    procedure = read(path)
    assert set(procedure) == {"key", "version", "machine", "minutes", "title", "steps"}
    assert procedure["key"] == path.stem
    assert isinstance(procedure["version"], int)
    assert procedure["version"] >= 1
    assert procedure["machine"].strip()


@each_procedure
def test_steps_are_named_once_and_add_up(path: Path) -> None:
    procedure = read(path)
    steps = procedure["steps"]
    keys = [step["key"] for step in steps]
    assert 10 <= len(steps) <= 14
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", key) for key in keys)
    assert all(isinstance(step["minutes"], int) and step["minutes"] > 0 for step in steps)
    assert sum(step["minutes"] for step in steps) == procedure["minutes"]


@each_procedure
def test_every_step_has_its_parts_and_every_gate_names_its_danger(path: Path) -> None:
    required = {"key", "minutes", "safety", "title", "text", "expected"}
    for step in read(path)["steps"]:
        assert required <= set(step) <= required | {"unsafe"}, step["key"]
        assert isinstance(step["safety"], bool), step["key"]
        assert not step["safety"] or "unsafe" in step, step["key"]


@each_procedure
def test_every_text_is_there_in_every_language(path: Path) -> None:
    for where, name, text in texts(read(path)):
        assert list(text) == LANGUAGES, (where, name)
        for language, words in text.items():
            assert words == words.strip() != "", (where, name, language)
            assert len(words) <= LONGEST[name], (where, name, language, len(words))
            assert "\n" not in words, (where, name, language)


@each_procedure
def test_every_text_is_in_its_own_language(path: Path) -> None:
    for where, name, text in texts(read(path)):
        assert LATIN_WORD.search(text["en"]), (where, name)
        assert not HAN.search(text["en"]), (where, name)
        assert not HANGUL.search(text["en"]), (where, name)
        assert HAN.search(text["zh"]), (where, name)
        assert not HANGUL.search(text["zh"]), (where, name)
        assert HANGUL.search(text["ko"]), (where, name)
        assert not HAN.search(text["ko"]), (where, name)


@each_procedure
def test_numbers_survive_translation(path: Path) -> None:
    for where, name, text in texts(read(path)):
        numbers = set(NUMBER.findall(text["en"]))
        for language in LANGUAGES:
            assert numbers <= set(NUMBER.findall(text[language])), (where, name, language)


def test_the_bus_is_isolated_in_the_order_of_the_five_safety_rules() -> None:
    keys = [step["key"] for step in read(FOLDER / "bus-hv-isolation.toml")["steps"]]
    must_follow = ["low-voltage", "service-plug", "lock-out", "wait"]
    must_follow += ["tester-before", "measure", "tester-after", "cover-live", "record"]
    assert [key for key in keys if key in must_follow] == must_follow
