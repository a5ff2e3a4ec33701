"""Figures of faults, and how a topic gives them."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """One line of the bench; ``name`` begins with ``fault.``."""

    name: str
    value: float
    unit: str
    better: Literal["lower", "higher"] = "lower"

    def __str__(self) -> str:
        line = {"name": self.name, "value": round(self.value, 3)}
        return json.dumps(line | {"unit": self.unit, "better": self.better})


# Measures one row of docs/RELIABILITY.md, or several at once; True: quickly.
Measure = Callable[[bool], Awaitable[Sequence[Figure]]]
# A topic's rows by their names: a module of this package has them as ``FIGURES``.
Rows = Mapping[str, Measure]
