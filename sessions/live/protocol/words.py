"""What the messages are made of: limits, words with few values, and their common base."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

PROTOCOL = 1
MESSAGE_LIMIT_BYTES = 256 * 1024
OFFER_LIMIT_CHARS = 64 * 1024

Device = Literal["on", "off", "absent", "denied"]
Role = Literal["engineer", "customer", "interpreter", "observer"]
Presence = Literal["waiting", "in", "reconnecting", "left"]
Mark = Literal["done", "skipped", "problem", "reopened"]
Trouble = Literal["busy", "lost", "interrupted"]
Torch = Literal["on", "off", "lost"]
Rung = Literal["full", "low", "stills", "voice"]
RungReason = Literal["bandwidth", "loss", "delay", "listener"]
PhotoReason = Literal["taken", "asked", "timer"]
Codec = Literal["vp8", "h264"]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
