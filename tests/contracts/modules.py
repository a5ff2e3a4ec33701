"""Every module of Farhand, imported."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import recordings
import server
import sessions

ROOT = Path(__file__).parents[2]
PACKAGES = (sessions, recordings, server)
RUN_BY_ALEMBIC = "server.migrations"


def import_all() -> list[ModuleType]:
    """Import everything, so that every class is known."""
    return [
        importlib.import_module(found.name)
        for package in PACKAGES
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not found.name.startswith(RUN_BY_ALEMBIC)
    ]


def subclasses(kind: type) -> Iterator[type]:
    """All that inherit from a class, however far."""
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)
