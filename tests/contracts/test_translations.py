"""Everything people read is there in every language, with the same places to fill."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from server.web.language import FOLDER, SPOKEN, Languages
from tests.contracts.modules import ROOT

OTHERS = [code for code in SPOKEN if code != "en"]
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")
SCRIPTS = ROOT / "static" / "js"
TEMPLATES = ROOT / "server" / "templates"
COMPILER_OPTIONS = {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.i18n"}


def in_scripts() -> Iterator[tuple[str, str]]:
    for path in sorted(SCRIPTS.rglob("*.js")):
        with path.open("rb") as file:
            for line, message, *_ in extract("javascript", file, keywords={"t": None}):
                yield f"{path.relative_to(ROOT)}:{line}", message


def in_templates() -> Iterator[tuple[str, str | tuple[str, str]]]:
    for path in sorted(TEMPLATES.rglob("*.html")):
        with path.open("rb") as file:
            for line, name, message, _ in babel_extract(
                file, ["_", "gettext", "ngettext"], [], COMPILER_OPTIONS
            ):
                said = message[:2] if name == "ngettext" else message
                if isinstance(message, tuple) and name != "ngettext":  # it has places to fill
                    said = message[0]
                yield f"{path.relative_to(ROOT)}:{line}", said


def test_the_readers_find_what_is_there() -> None:
    assert len(set(in_scripts())) > 50
    assert len(set(in_templates())) > 50


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_of_the_scripts_is_translated(language: str) -> None:
    catalogue = Languages().catalogue(language)
    missing = [f"{where}: {message}" for where, message in in_scripts() if message not in catalogue]
    assert missing == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_of_the_templates_is_translated(language: str) -> None:
    languages = Languages()
    missing = []
    for where, message in in_templates():
        if isinstance(message, tuple):
            told = languages.plural(language, *message, 2) not in message
        else:
            told = message in languages.catalogue(language)
        if not told:
            missing.append(f"{where}: {message}")
    assert missing == []


CATALOGUES = [path for code in OTHERS for path in sorted(FOLDER.glob(f"*.{code}.po"))]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_a_translation_keeps_the_places_to_fill(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.name.split(".")[1], abort_invalid=True)
    wrong = []
    for message in catalogue:
        if not message.id:
            continue
        one = message.id[0] if isinstance(message.id, tuple) else message.id
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        places = sorted(PLACE.findall(one))
        wrong += [(one, form) for form in forms if sorted(PLACE.findall(form)) != places]
        assert not message.fuzzy, one
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_translated_in_two_ways(language: str) -> None:
    seen: dict[str, tuple[str, str]] = {}
    apart = []
    for path in CATALOGUES:
        if path.name.split(".")[1] != language:
            continue
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                key = message.id[0] if isinstance(message.id, tuple) else message.id
                if not key:
                    continue
                before = seen.setdefault(key, (path.name, message.string))
                if before[1] != message.string:
                    apart.append((key, before, (path.name, message.string)))
    assert apart == []


def test_every_catalogue_has_its_brothers() -> None:
    parts = {code: {p.name.split(".")[0] for p in FOLDER.glob(f"*.{code}.po")} for code in OTHERS}
    assert len({frozenset(names) for names in parts.values()}) == 1


def test_sentences_are_written_out_where_they_are_said() -> None:
    """A sentence put together by a script would escape these tests."""
    loose = [
        f"{path.relative_to(ROOT)}: {call.group()}"
        for path in sorted(SCRIPTS.rglob("*.js"))
        for call in re.finditer(r"(?<![\w.#*])t\((?!\s*[\"`)])[^)\n]*", path.read_text("utf-8"))
        if "function t(" not in path.read_text("utf-8")[: call.end()][-60:]
    ]
    assert loose == []
