"""Every refusal has a code of its own and a sentence in every language."""

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from types import ModuleType

import pytest

from server.web import links
from server.web.language import SPOKEN, Languages
from server.web.pages import desk, story
from sessions.errors import FarhandError
from tests.contracts.modules import import_all, subclasses

MODULES = import_all()
OURS = ("sessions.", "recordings.", "server.")
REFUSALS = [
    FarhandError,
    *(kind for kind in subclasses(FarhandError) if kind.__module__.startswith(OURS)),
]
PLACE = re.compile(r"%\(\w+\)s")
TRANSLATED = {"translate", "text"}  # translate(request, "…"), languages.text(language, "…")


def said_by(module: ModuleType) -> Iterator[str]:
    """The literal messages a module asks translations for."""
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        if not isinstance(call, ast.Call) or len(call.args) != 2:
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        message = call.args[1]
        if name in TRANSLATED and isinstance(message, ast.Constant):
            yield message.value


LANGUAGES = Languages()
GREETINGS = {desk._greeting(hour) for hour in range(24)}
WEB = [module for module in MODULES if module.__name__.startswith("server.web")]
SENTENCES = sorted(
    {kind.text for kind in REFUSALS}
    | set(story.SENTENCES.values())
    | GREETINGS
    | {message for module in WEB for message in said_by(module)}
)


def test_the_reader_of_the_code_finds_what_is_said() -> None:
    assert len(list(said_by(links))) == 2
    assert len(GREETINGS) == 4
    assert len(REFUSALS) > 40


def test_codes_are_unique_and_stable_words() -> None:
    codes = Counter(kind.code for kind in REFUSALS)
    assert [code for code, count in codes.items() if count > 1] == []
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: kind.code)
def test_a_refusal_is_a_sentence_with_a_fitting_status(kind: type[FarhandError]) -> None:
    assert 400 <= kind.status < 600
    assert kind.text[0].isupper() or kind.text.startswith("%(")
    values = dict.fromkeys(re.findall(r"%\((\w+)\)s", kind.text), "this one")
    assert "%(" not in kind(**values).message()


@pytest.mark.parametrize("language", [code for code in SPOKEN if code != "en"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_the_server_says_is_translated(sentence: str, language: str) -> None:
    translation = LANGUAGES.text(language, sentence)
    assert translation != sentence, "not translated"
    assert sorted(PLACE.findall(translation)) == sorted(PLACE.findall(sentence))
