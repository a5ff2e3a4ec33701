"""Addresses of a lab: networks that are set aside for tests, and for nobody else's machines."""

import ipaddress
from dataclasses import dataclass

REBINDS = 5
LABS = 254
LINES = 24


@dataclass(frozen=True)
class Addresses:
    """Line number ``line`` of lab number ``lab``.

    IPv4 is from the network for measurements (RFC 2544), IPv6 is unique local (RFC 4193)."""

    lab: int
    line: int = 0

    @property
    def server(self) -> str:
        return f"198.18.{self.lab}.1"

    @property
    def server6(self) -> str:
        return f"fd46:6172:{self.lab:x}::1"

    @property
    def network(self) -> str:
        """What lies beyond the line."""
        return f"198.18.{self.lab}.{16 + 8 * self.line}/29"

    @property
    def network6(self) -> str:
        return f"fd46:6172:{self.lab:x}:{self.line + 1:x}::/64"

    def client(self, rebinds: int = 0) -> str:
        """The client's address, as the server sees it after so many changes."""
        return str(ipaddress.ip_network(self.network)[1 + rebinds])

    def client6(self, rebinds: int = 0) -> str:
        return str(ipaddress.ip_network(self.network6)[1 + rebinds])
