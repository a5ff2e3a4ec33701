"""What is said and done in the demo's call, second by second."""

from dataclasses import dataclass
from typing import Literal

Part = Literal["engineer", "customer"]

SECONDS = 60.0
TITLE = "Junction box to be opened: isolate the high-voltage system first"
DESCRIPTION = (
    "The bus reports an insulation fault of the traction system after rain. "
    "Before the junction box on the rear left side is opened, the system is isolated together."
)
CUSTOMER = "Kim Minjun"
PROCEDURE = "bus-hv-isolation"


@dataclass(frozen=True)
class Cue:
    """At ``at`` seconds into the call, somebody marks a step."""

    at: float
    by: Part
    step: str
    mark: Literal["done", "problem"] = "done"
    note: str = ""


# The picture shows the service plug being pulled just before that step is marked.
CUES = (
    Cue(6, "customer", "park"),
    Cue(12, "engineer", "charging"),
    Cue(18, "customer", "key-off"),
    Cue(24, "engineer", "area"),
    Cue(
        28,
        "customer",
        "gloves",
        "problem",
        "The left glove is past its test date. I am fetching the spare pair.",
    ),
    Cue(34, "engineer", "gloves"),
    Cue(40, "customer", "low-voltage"),
    Cue(49, "engineer", "service-plug"),
)
