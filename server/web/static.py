"""The browser client's files: compressed, checked for change, never stale."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parents[2] / "static"
COMPRESS_OVER_BYTES = 500
TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".css": "text/css"}


@dataclass(frozen=True)
class Asset:
    """One file as served, and when it was read."""

    body: bytes
    packed: bytes | None
    etag: str
    content_type: str
    modified_ns: int


class Assets:
    """Files below ``static``, kept in memory and read again when they change on the disk."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder.resolve()
        self._read: dict[str, Asset] = {}

    def url(self, path: str) -> str:
        """The address of a file, for templates."""
        return f"/static/{path}"

    async def serve(self, request: web.Request) -> web.Response:
        """``GET /static/…``; 304 when the browser's copy is right (RFC 9110 section 13)."""
        asset = self._asset(request.match_info["path"])
        headers = {
            "ETag": f'"{asset.etag}"',
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
        }
        if asset.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        body = asset.body
        if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = asset.packed
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers=headers, content_type=asset.content_type)

    def _asset(self, path: str) -> Asset:
        try:
            file = (self.folder / path).resolve()
            if not file.is_relative_to(self.folder) or not file.is_file():
                raise web.HTTPNotFound
            modified = file.stat().st_mtime_ns
        except (OSError, ValueError):  # too long a name, a NUL in it, gone just now
            raise web.HTTPNotFound from None
        asset = self._read.get(path)
        if asset is None or asset.modified_ns != modified:
            asset = self._read[path] = _load(file, modified)
        return asset


def _load(file: Path, modified_ns: int) -> Asset:
    body = file.read_bytes()
    content_type = (
        TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    )
    squeezable = content_type.startswith("text/") or "svg" in content_type or "json" in content_type
    packed = gzip.compress(body, 9) if squeezable and len(body) > COMPRESS_OVER_BYTES else None
    return Asset(body, packed, hashlib.sha256(body).hexdigest()[:20], content_type, modified_ns)
