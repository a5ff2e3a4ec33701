"""Logs: static text plus fields, one line each."""

import logging

_PLAIN = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class Fields(logging.Formatter):
    """``time level name text key=value …``"""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        fields = {k: v for k, v in record.__dict__.items() if k not in _PLAIN}
        if not fields:
            return line
        first, newline, rest = line.partition("\n")
        told = " ".join(f"{key}={value}" for key, value in fields.items())
        return f"{first} {told}{newline}{rest}"


def set_up(level: str) -> None:
    """Log to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Fields("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for talkative in ("aiohttp.access", "aioice", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
