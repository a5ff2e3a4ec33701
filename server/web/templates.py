"""HTML pages from Jinja templates, in a language, with times in a zone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from server.web.language import Languages
from sessions.guidance.procedures import in_language

FOLDER = Path(__file__).parents[1] / "templates"
KIB = 1024


class Templates:
    """The environment: one for each language, sharing the loader and its cache."""

    def __init__(self, languages: Languages, static_url: Callable[[str], str]) -> None:
        self.languages = languages
        self._static_url = static_url
        self._environments = {
            choice["code"]: self._environment(choice["code"]) for choice in languages.choices
        }

    def render(self, name: str, language: str, context: dict[str, Any]) -> str:
        """The page; ``context`` must have everything the template names."""
        return self._environments[language].get_template(name).render(context)

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            lambda message: self.languages.text(language, message),
            lambda one, many, n: self.languages.plural(language, one, many, n),
            newstyle=True,
        )
        environment.globals.update(
            language=language,
            languages=self.languages.choices,
            static_url=self._static_url,
        )
        environment.filters.update(
            clock=clock,
            day=lambda at, zone: day(at, zone, language),
            stamp=lambda at, zone: stamp(at, zone, language),
            ago=pass_context(lambda context, at: ago(context, at, language)),
            duration=duration,
            bytes=lambda number: size(number, language),
            step_text=lambda texts: in_language(texts, language),
            tojson=embed,
        )
        return environment


def local(at: datetime, zone: str) -> datetime:
    """The instant on the clocks of an IANA zone."""
    return at.astimezone(ZoneInfo(zone))


def clock(at: datetime, zone: str) -> str:
    """Hours and minutes: 02:47."""
    return f"{local(at, zone):%H:%M}"


def day(at: datetime, zone: str, language: str) -> str:
    """The date, as the language writes it."""
    return format_date(local(at, zone).date(), "medium", locale=language)


def stamp(at: datetime, zone: str, language: str) -> str:
    """Date, time, and the zone it is meant in."""
    name = local(at, zone).tzname() or zone
    letters = name if name.isalpha() else f"UTC{name}"  # some zones have only an offset
    return f"{day(at, zone, language)} {clock(at, zone)} {letters}"


def ago(context: Context, at: datetime, language: str) -> str:
    """How long ago, from the page's own ``now``."""
    now = context.get("now") or datetime.now(UTC)
    return format_timedelta(at - now, add_direction=True, locale=language)


def duration(milliseconds: int | None) -> str:
    """14:32 or 1:02:03; a dash for an unknown length."""
    if milliseconds is None:
        return "–"
    minutes, seconds = divmod(milliseconds // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def size(number: float, language: str) -> str:
    """Bytes for people: 3.4 MiB."""
    for unit in ("B", "KiB", "MiB"):
        if number < KIB:
            return f"{format_decimal(round(number, 1), locale=language)} {unit}"
        number /= KIB
    return f"{format_decimal(round(number, 1), locale=language)} GiB"


def embed(value: Any) -> Markup:
    """JSON that is safe inside a script element of type application/json."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704
