"""Photos as files below ``data_dir/photos``: what has arrived of each, and those that are whole."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sessions.errors import FarhandError
from sessions.live.jpeg import begins_like_jpeg, jpeg_size
from sessions.live.photos import LONGEST_SIDE, Photo, PhotoRefused, Picture

KEPT_FREE_BYTES = 256 * 1024 * 1024  # the disk's last room is for the recordings that run


class NoRoomForPhotos(FarhandError):
    code = "no-room-for-photos"
    text = "The server has no room for photos at the moment. This one waits and is sent later."
    status = 507


class Album:
    """The photos of all sessions. Its methods read and write the disk: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, photo: Photo) -> Path:
        """Where the whole photo lies."""
        return self.folder / str(photo.session_id) / f"{photo.id}.jpg"

    def _part(self, photo: Photo) -> Path:
        return self.path(photo).with_suffix(".part")

    def _where(self, photo: Photo) -> Iterator[Path]:
        """Where to look for it; it may get its name while one looks."""
        yield from (self.path(photo), self._part(photo), self.path(photo))

    def arrived(self, photo: Photo) -> int:
        """How many bytes of it are here."""
        for path in self._where(photo):
            with contextlib.suppress(FileNotFoundError):
                return path.stat().st_size
        return 0

    def add(self, photo: Photo, at: int, block: bytes) -> None:
        """Write what has come of it, from byte ``at`` on. Raises NoRoomForPhotos, PhotoRefused."""
        if at == 0 and not begins_like_jpeg(block):
            raise PhotoRefused
        if self.path(photo).exists():  # an old connection that brings once more what is here
            return
        with _room_for_photos(), self._opened(photo) as file:
            if shutil.disk_usage(self.folder).free < KEPT_FREE_BYTES:
                raise NoRoomForPhotos
            os.pwrite(file, block, at)

    @contextmanager
    def _opened(self, photo: Photo) -> Iterator[int]:
        part = self._part(photo)
        part.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(part, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            yield file
        finally:
            os.close(file)

    def finish(self, photo: Photo) -> Picture:
        """The last byte is here: look through it, put it on the disk, give it its name. A second
        time, or at the same time, is no harm. Raises PhotoRefused, NoRoomForPhotos."""
        whole, part = self.path(photo), self._part(photo)
        data = self._read(photo)
        size = jpeg_size(data)
        if size is None or max(size) > LONGEST_SIDE:
            raise PhotoRefused
        with _room_for_photos(), contextlib.suppress(FileNotFoundError):
            _sync(part)
            part.rename(whole)
            _sync(whole.parent)
        return Picture(len(data), *size, hashlib.sha256(data).hexdigest())

    def _read(self, photo: Photo) -> bytes:
        for path in self._where(photo):
            with contextlib.suppress(FileNotFoundError):
                return path.read_bytes()
        return b""

    def forget(self, photo: Photo) -> None:
        """What has come of it was no photo."""
        self._part(photo).unlink(missing_ok=True)


@contextmanager
def _room_for_photos() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as full:
        raise NoRoomForPhotos from full


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
