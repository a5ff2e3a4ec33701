"""Procedures: versioned step-by-step guides in several languages, shipped as data."""

import tomllib
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sessions.errors import FarhandError

FOLDER = Path(__file__).with_name("procedures")
FALLBACK = "en"

Texts = dict[str, str]


class ProcedureUnknown(FarhandError):
    code = "procedure-unknown"
    text = "There is no such procedure."
    status = 404


class ProcedureBroken(FarhandError):
    code = "procedure-broken"
    text = "The procedure file %(file)s is not right: %(problem)s."
    status = 500


class Step(BaseModel):
    """One step: texts by language code; ``safety`` marks a gate, ``minutes`` an estimate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    minutes: int = Field(default=1, ge=0)
    safety: bool = False
    title: Texts
    text: Texts
    expected: Texts
    unsafe: Texts | None = None


class Procedure(BaseModel):
    """An ordered guide. Step keys are unique and stay the same across versions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    version: int = Field(ge=1)
    machine: str = ""
    minutes: int = Field(ge=1)
    title: Texts
    steps: tuple[Step, ...] = Field(min_length=1)

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)

    def number(self, key: str) -> int:
        """A step's place, counted from 1."""
        return 1 + next(i for i, step in enumerate(self.steps) if step.key == key)


def in_language(texts: Texts, language: str) -> str:
    """The text in a language, or in English."""
    return texts.get(language) or texts[FALLBACK]


def load(file: Path) -> Procedure:
    """Read one procedure. Raises ProcedureBroken, naming the file and the field."""
    try:
        procedure = Procedure.model_validate(tomllib.loads(file.read_text("utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError) as problem:
        raise ProcedureBroken(file=file.name, problem=problem) from None
    keys = [step.key for step in procedure.steps]
    if len(set(keys)) < len(keys):
        raise ProcedureBroken(file=file.name, problem="two steps have the same key")
    return procedure


@cache
def shipped() -> dict[str, Procedure]:
    """The procedures that ship with Farhand, by key."""
    return {p.key: p for p in (load(file) for file in sorted(FOLDER.glob("*.toml")))}


def find_procedure(key: str | None) -> Procedure:
    """Raises ProcedureUnknown."""
    try:
        return shipped()[key or ""]
    except KeyError:
        raise ProcedureUnknown from None
