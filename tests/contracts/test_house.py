"""The house stays tidy: small modules, each of which says what it is about."""

import ast
from pathlib import Path

import pytest

from tests.contracts.modules import ROOT

LONGEST_LINES = 400
SOURCES = sorted(
    path
    for folder in ("server", "sessions", "recordings")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
)
JOBS = {"recordings/crew.py", "recordings/writer.py"}
LOOPS = {"server/web/middleware.py", "sessions/live/loop.py", *JOBS}
BANNED = {"utils", "helpers", "managers", "services", "common", "misc"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_small_and_says_what_it_is_about(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_LINES
    assert ast.get_docstring(ast.parse(text))
    assert path.stem not in BANNED


def test_time_is_given_to_the_model_never_read_by_it() -> None:
    clocks = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "time.monotonic"}
    readers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "sessions").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in clocks
    ]
    assert readers == []


def test_nothing_swallows_every_exception_but_the_three_loops() -> None:
    swallowers = sorted(
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for handler in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(handler, ast.ExceptHandler)
        and (handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException"))
        and not isinstance(handler.body[-1], ast.Raise)
    )
    assert set(swallowers) <= LOOPS
