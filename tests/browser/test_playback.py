"""A recording with all that can be in one is played: two formats, a turned phone, photos."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from server.web.language import COOKIE, SPOKEN
from tests.browser.inspection import Inspection
from tests.browser.kept import CHANGE, FPS, PHOTOS, SIZE, TURN, TURNED, Kept, kept
from tests.browser.people import DESK, Staff, said, window
from tests.world import World

# The number that a picture shows (tests.recordings.sender), once a video has come to a moment.
NUMBER = """async ([which, at]) => {
  const video = document.querySelector(which);
  const main = document.querySelector("video");
  const there = () => !video.hidden && !video.seeking && video.readyState > 1
    && !main.seeking && Math.abs(main.currentTime - at) < 0.01
    && Math.abs(video.currentTime - at) < 0.02;
  while (!there()) await new Promise((resolve) => setTimeout(resolve, 20));
  const [width, height] = [video.videoWidth, video.videoHeight];
  const brush = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  brush.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < 12; bit += 1) {
    const across = Math.floor(width / 16);
    const [x, y] = [(bit % across) * 16 + 8, Math.floor(bit / across) * 16 + 8];
    if (brush.getImageData(x, y, 1, 1).data[1] > 126) number += 2 ** bit;
  }
  return { number, size: [width, height] };
}"""
REVIEW, OTHER = ".stage video:not(.elsewhere)", ".stage .elsewhere"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def recording(farhand: World) -> Kept:
    return await kept(farhand)


async def serve_photos(context: BrowserContext, recording: Kept) -> None:
    """Stand in for the photos themselves, which are no files of the recording."""
    picture = (recording.produced / "poster.jpg").read_bytes()

    async def answer(route: Route) -> None:
        await route.fulfill(body=picture, content_type="image/jpeg")

    await context.route("**/photos/*.jpg", answer)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def page(desktop: Browser, farhand: World, recording: Kept) -> AsyncIterator[Page]:
    async with window(desktop, **DESK) as context:
        await serve_photos(context, recording)
        page = await context.new_page()
        await Staff(page, farhand).sign_in()
        await page.goto(f"{farhand.url}/recordings/{recording.session}")
        await expect(page.locator("farhand-player:defined video").first).to_be_visible()
        yield page


async def shown(page: Page, which: str, at: float) -> dict[str, Any]:
    """What is to be seen after a seek."""
    await page.evaluate("at => document.querySelector('farhand-player').seek(at * 1000)", at)
    found: dict[str, Any] = await page.evaluate(NUMBER, [which, at])
    return found


@pytest.mark.parametrize("at", [CHANGE + 1, 14, TURN + 1, 23, TURN - 1, CHANGE + 2.5])
async def test_the_review_in_h264_seeks_to_every_picture_of_either_size(
    page: Page, at: float
) -> None:
    found = await shown(page, REVIEW, at + 0.01)
    assert found["number"] == pytest.approx(at * FPS, abs=1)
    assert tuple(found["size"]) == (SIZE if at < TURN else TURNED)
    await expect(page.locator(OTHER)).to_be_hidden()


@pytest.mark.parametrize("at", [1, 6, 3])
async def test_what_was_sent_in_another_format_is_seen_at_its_time(page: Page, at: float) -> None:
    found = await shown(page, OTHER, at + 0.01)
    assert found["number"] == pytest.approx(at * FPS, abs=1)


async def test_both_formats_are_played_one_after_the_other(page: Page) -> None:
    await shown(page, OTHER, CHANGE - 1.5)
    await page.get_by_role("button", name="Play or pause").click()
    apart = await page.evaluate(
        """async ([other, until]) => {
          const [main, video] = [document.querySelector("video"), document.querySelector(other)];
          const apart = [];
          while (main.currentTime < until) {
            const off = Math.abs(video.currentTime - main.currentTime);
            if (!video.hidden && !video.seeking) apart.push(off);
            await new Promise(requestAnimationFrame);
          }
          return apart;
        }""",
        [OTHER, CHANGE + 0.5],
    )
    await expect(page.locator(OTHER)).to_be_hidden()
    await page.get_by_role("button", name="Play or pause").click()
    assert len(apart) > 10
    assert sorted(apart)[len(apart) // 2] < 0.15


async def test_a_mark_on_the_lane_leads_to_its_photo(page: Page) -> None:
    marks = page.locator(".photo-mark")
    await expect(marks.first).to_be_visible()
    assert await marks.count() < len(PHOTOS)
    await marks.first.hover()
    preview = page.locator("[data-preview] img")
    await expect(preview).to_have_attribute("src", "/photos/photo-0.jpg")
    await page.mouse.move(0, 0)
    await expect(preview).to_be_hidden()
    await page.locator(".scrub").focus()
    await page.keyboard.press("Tab")
    await expect(marks.first).to_be_focused()
    await expect(preview).to_be_visible()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Photo")
    await expect(dialog.locator("img")).to_have_attribute("alt", "Photo of Kim Minjun, 0:05")
    assert await dialog.locator("img").evaluate("image => image.decode().then(() => image.width)")
    await expect(page.locator("farhand-player [data-now]")).to_have_text("0:05")
    await page.keyboard.press("ArrowRight")
    await expect(dialog.locator("[data-count]")).to_have_text(f"2 / {len(PHOTOS)}")
    await expect(page.locator("farhand-player [data-now]")).to_have_text("0:12")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_the_list_has_every_photo(page: Page) -> None:
    buttons = page.locator(".photos button")
    await expect(buttons).to_have_count(len(PHOTOS))
    await page.get_by_text("2 more photos").click()
    await buttons.last.click()
    dialog = page.get_by_role("dialog", name="Photo")
    await expect(dialog).to_be_visible()
    await expect(page.locator("farhand-player [data-now]")).to_have_text("0:21")
    await expect(dialog.get_by_role("button", name="Photo after")).to_be_disabled()
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_be_hidden()


async def test_every_file_can_be_downloaded(page: Page, recording: Kept) -> None:
    names = [
        Path(str(await link.get_attribute("href"))).name
        for link in await page.locator(".files a").all()
    ]
    media = {path.name for path in recording.produced.iterdir() if path.suffix in (".webm", ".mp4")}
    assert set(names) == media | {"timeline.json", "manifest.json"}
    assert names[0] == "review.mp4"
    await expect(page.get_by_text("Kim Minjun in another format, 0:00–0:07")).to_be_visible()
    response = await page.context.request.get(f"{page.url}/files/review.mp4")
    assert (response.status, response.headers["content-type"]) == (200, "video/mp4")


async def test_the_page_is_in_order(desktop: Browser, farhand: World, recording: Kept) -> None:
    inspection = Inspection()
    async with window(desktop, **DESK) as context:
        await serve_photos(context, recording)
        await inspection.watch(context)
        lin = Staff(await context.new_page(), farhand)
        await lin.sign_in()
        for language in SPOKEN:
            cookie = {"name": COOKIE, "value": language, "url": farhand.url}
            await context.add_cookies([cookie])  # type: ignore[list-item]
            await lin.page.goto(f"{farhand.url}/recordings/{recording.session}")
            await expect(lin.page.locator(".photo-mark").first).to_be_visible()
            await shown(lin.page, OTHER, 3.01)
            await inspection.look("recording with everything", lin.page, language)
            await lin.page.locator(".photos button").first.click()
            await expect(
                lin.page.get_by_role("dialog", name=said(language, "Photo"))
            ).to_be_visible()
            await inspection.look("a photo", lin.page, language)
    inspection.is_clean()
