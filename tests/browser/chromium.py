"""Chromium as a test launches it: one browser a person, each with its own camera and microphone."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Playwright

from tests.browser.media import Scene

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


def executable() -> str:
    """The browser ``FARHAND_CHROMIUM`` names, else the one that is installed."""
    named = os.environ.get("FARHAND_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "there is no Chromium: install it, or set FARHAND_CHROMIUM to its path"
    return found


@asynccontextmanager
async def chromium(
    playwright: Playwright, scene: Scene | None = None, *flags: str, program: str | None = None
) -> AsyncIterator[Browser]:
    """A browser whose camera and microphone take in a scene, or nothing but a test picture.
    ``program`` is one that runs it in another place."""
    files = (
        [
            f"--use-file-for-fake-video-capture={scene.camera}",
            f"--use-file-for-fake-audio-capture={scene.microphone}",
        ]
        if scene
        else []
    )
    browser = await playwright.chromium.launch(
        executable_path=program or executable(), args=[*FLAGS, *files, *flags]
    )
    try:
        yield browser
    finally:
        await browser.close()
