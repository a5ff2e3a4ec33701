"""Languages: gettext catalogues for pages and for the browser, and which one a person reads."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from aiohttp import web
from babel import Locale
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[1] / "locale" / "parts"
FALLBACK = "en"
SPOKEN = ("en", "zh", "ko")
COOKIE = "language"


class Languages:
    """All catalogues, read once from ``server/locale/parts/*.LANGUAGE.po``."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._texts: dict[str, dict[str, str]] = {FALLBACK: {}}
        self._plurals: dict[str, dict[str, list[str]]] = {FALLBACK: {}}
        for code in SPOKEN[1:]:
            self._texts[code], self._plurals[code] = _read(folder, code)

    @cached_property
    def choices(self) -> list[dict[str, str]]:
        """The languages to choose from, each named in itself."""
        return [
            {"code": code, "name": (Locale.parse(code).display_name or code).capitalize()}
            for code in SPOKEN
        ]

    def text(self, language: str, message: str) -> str:
        """The translation, or the English message itself."""
        return self._texts.get(language, {}).get(message) or message

    def plural(self, language: str, one: str, many: str, n: int) -> str:
        """The form for ``n``."""
        forms = self._plurals.get(language, {}).get(one)
        if forms:  # Chinese and Korean have one form; a language with more needs its rule here
            return forms[0]
        return one if n == 1 else many

    def catalogue(self, language: str) -> Mapping[str, str]:
        """English message to translation, for the browser."""
        return self._texts.get(language, {})

    def choose(self, request: web.Request, preferred: str | None = None) -> str:
        """What to speak: the person's own choice, else the browser's, else English."""
        cookie = request.cookies.get(COOKIE)
        if cookie in SPOKEN:
            return cookie
        if preferred in SPOKEN:
            return preferred
        for part in request.headers.get("Accept-Language", "").split(","):
            code = part.split(";")[0].strip().lower().split("-")[0]
            if code in SPOKEN:
                return code
        return FALLBACK


def _read(folder: Path, code: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    texts: dict[str, str] = {}
    plurals: dict[str, list[str]] = {}
    for file in sorted(folder.glob(f"*.{code}.po")):
        with file.open("rb") as stream:
            catalogue = read_po(stream, locale=code)
        for message in catalogue:
            key: Any = message.id
            if not key or message.fuzzy:
                continue
            if isinstance(key, tuple):
                plurals[key[0]] = [form for form in message.string or () if form]
            elif message.string:
                texts[key] = str(message.string)
    return texts, plurals
