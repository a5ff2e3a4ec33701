"""IP packets as the lab handles them: what they carry, and another address put into them."""

import struct
from dataclasses import dataclass

TCP, UDP = 6, 17
_CHECKSUM_AT = {TCP: 16, UDP: 6}


@dataclass(frozen=True, slots=True)
class Packet:
    """``ports`` (source, target) are None for what is neither UDP nor TCP; ``start`` is where
    that part begins, ``payload`` what UDP carries."""

    data: bytes
    version: int
    protocol: int
    start: int
    ports: tuple[int, int] | None

    @classmethod
    def of(cls, data: bytes) -> "Packet":
        version = data[0] >> 4
        if version == 4:
            protocol, start = data[9], (data[0] & 15) * 4
            is_first = not int.from_bytes(data[6:8], "big") & 0x1FFF
        else:
            protocol, start, is_first = data[6], 40, True
        ports = None
        if protocol in _CHECKSUM_AT and is_first and len(data) >= start + 8:
            ports = struct.unpack_from(">HH", data, start)
        return cls(data, version, protocol, start, ports)

    @property
    def payload(self) -> bytes:
        return self.data[self.start + 8 :] if self.protocol == UDP else b""

    @property
    def source(self) -> bytes:
        return self.data[12:16] if self.version == 4 else self.data[8:24]

    @property
    def target(self) -> bytes:
        return self.data[16:20] if self.version == 4 else self.data[24:40]

    def come_from(self, address: bytes, port: int) -> bytes:
        """The same packet from somewhere else."""
        return self._with(0, address, port)

    def go_to(self, address: bytes, port: int) -> bytes:
        """The same packet to somewhere else."""
        return self._with(1, address, port)

    def _with(self, end: int, address: bytes, port: int) -> bytes:
        made = bytearray(self.data)
        width = 4 if self.version == 4 else 16
        at = (12 if self.version == 4 else 8) + end * width
        port_at = self.start + 2 * end
        old = made[at : at + width] + made[port_at : port_at + 2]
        new = address + port.to_bytes(2, "big")
        made[at : at + width] = address
        made[port_at : port_at + 2] = port.to_bytes(2, "big")
        if self.version == 4:
            _mend(made, 10, old[:width], address)
        checksum_at = self.start + _CHECKSUM_AT[self.protocol]
        if self.protocol == TCP or made[checksum_at : checksum_at + 2] != b"\0\0":
            _mend(made, checksum_at, old, new)
        return bytes(made)


def _mend(data: bytearray, at: int, old: bytes | bytearray, new: bytes) -> None:
    """Bring a checksum up to date after a change of what it covers (RFC 1624, equation 3)."""
    words = struct.Struct(f">{len(old) // 2}H")
    total = ~int.from_bytes(data[at : at + 2], "big") & 0xFFFF
    total += sum(~word & 0xFFFF for word in words.unpack(old)) + sum(words.unpack(new))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    data[at : at + 2] = (~total & 0xFFFF).to_bytes(2, "big")
