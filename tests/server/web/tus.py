"""A phone that uploads a photo by tus 1.0.0, step by step."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.world import Browser

VERSION = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


@dataclass
class Upload:
    """One photo on its way from a browser."""

    browser: Browser
    data: bytes
    taken_at: datetime
    reason: str = "taken"
    participant: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def path(self) -> str:
        return f"/join/photos/{self.id}"

    @property
    def metadata(self) -> str:
        said = {"id": self.id, "taken_at": self.taken_at.isoformat(), "reason": self.reason}
        if self.participant:
            said["participant"] = self.participant
        return ",".join(
            f"{key} {b64encode(value.encode()).decode()}" for key, value in said.items()
        )

    async def create(self, **headers: str) -> tuple[int, dict[str, str]]:
        said = {"Upload-Length": str(len(self.data)), "Upload-Metadata": self.metadata}
        return await self.ask("POST", "/join/photos", **{**said, **headers})

    async def head(self) -> tuple[int, dict[str, str]]:
        return await self.ask("HEAD", self.path)

    async def patch(
        self, at: int, data: bytes, *, content_type: str = PIECE, **headers: str
    ) -> tuple[int, dict[str, str]]:
        said = {"Upload-Offset": str(at), "Content-Type": content_type, **headers}
        return await self.ask("PATCH", self.path, data=data, **said)

    async def whole(self) -> int:
        """Everything at once; the last status."""
        status, _ = await self.create()
        return status if status >= 400 else (await self.patch(0, self.data))[0]

    async def ask(
        self, method: str, path: str, *, data: Any = None, **headers: str
    ) -> tuple[int, dict[str, str]]:
        """The status and the headers; a refusal's code as ``error``."""
        sent = {**VERSION, **headers}
        async with self.browser.request(method, path, data=data, headers=sent) as response:
            told = dict(response.headers)
            if response.status >= 400 and method != "HEAD":
                told["error"] = (await response.json())["error"]
            return response.status, told
