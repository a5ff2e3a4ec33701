"""Settings of the media plane: where it listens and how long it waits."""

import dataclasses
import ipaddress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MediaSettings:
    """What the media process is told when it starts.

    ``host`` is the address to listen on: ``0.0.0.0`` is every IPv4 address, ``::`` every address
    of both kinds. ``port`` is used for UDP and TCP alike; 0 lets the system choose one.
    ``public_addresses`` are what browsers are told (NAT 1:1); empty means the machine's own.
    ``pending_seconds`` is how long a new leg may take to connect, ``silent_close_seconds`` how
    long a silent one is kept. ``start_kbps`` is the rate a camera begins with (below some 1,800
    Chromium begins in less than 720 lines), ``max_up_bps`` what a publisher may send where only
    REMB holds it; ``max_legs`` is how many connections there may be in all.
    """

    host: str = "0.0.0.0"  # noqa: S104 - a media port is there to be reached
    port: int = 0
    public_addresses: tuple[str, ...] = ()
    pending_seconds: float = 30.0
    silent_close_seconds: float = 30.0
    start_kbps: int = 2000
    max_up_bps: int = 4_000_000
    max_legs: int = 400
    log_level: str = "info"

    def __post_init__(self) -> None:
        """Refuse what is no IP address: browsers must not be sent to look up names."""
        for address in (self.host, *self.public_addresses):
            ipaddress.ip_address(address)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, for the way to the media process."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "MediaSettings":
        """The reverse of ``to_json``."""
        return cls(**{**value, "public_addresses": tuple(value["public_addresses"])})
