"""All rows of the bench of faults: those of each module of this package that has ``FIGURES``."""

import importlib
import pkgutil

from tests.bench import faults
from tests.bench.faults.figures import Measure


def rows() -> dict[str, Measure]:
    """What measures each row, by its name."""
    found: dict[str, Measure] = {}
    for module in pkgutil.iter_modules(faults.__path__, f"{faults.__name__}."):
        if not module.name.endswith("__main__"):
            found |= getattr(importlib.import_module(module.name), "FIGURES", {})
    return found
