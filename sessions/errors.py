"""What can go wrong, each with a stable code and a sentence for people."""

from typing import Any


class FarhandError(Exception):
    """A refusal that a person or a program is told.

    ``code`` is stable and part of the interface; ``text`` is the English sentence, which is
    also the key of its translations, with ``%(name)s`` places filled from ``values``;
    ``status`` is the HTTP status (RFC 9110 section 15) that goes with it.
    """

    code = "error"
    text = "Something went wrong. Please try again."
    status = 400

    def __init__(self, **values: Any) -> None:
        super().__init__(self.code)
        self.values = values

    def message(self, translate: Any = str) -> str:
        """The sentence, through ``translate`` (a gettext function), places filled."""
        return str(translate(self.text)) % self.values
