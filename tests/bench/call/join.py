"""From the tap on Join to the first picture of somebody else, in Chromium."""

import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.browser.chromium import chromium
from tests.browser.media import customer_scene, engineer_scene
from tests.browser.people import DESK, PHONE, Customer, Staff, page_of
from tests.world import world

# Milliseconds from the last click to the first frame of a video that is not one's own camera.
WATCH = """{
  let tapped = 0;
  addEventListener("click", ({ timeStamp }) => (tapped = timeStamp), true);
  const own = new Set();
  const { mediaDevices } = navigator;
  const original = mediaDevices?.getUserMedia.bind(mediaDevices);
  if (original) mediaDevices.getUserMedia = async (wanted) => {
    const stream = await original(wanted);
    for (const { id } of stream.getTracks()) own.add(id);
    return stream;
  };
  const watch = (video) => video.requestVideoFrameCallback(() => {
    const [track] = video.srcObject?.getVideoTracks() ?? [];
    if (!track || own.has(track.id)) watch(video);
    else globalThis.firstFrameAfter ??= performance.now() - tapped;
  });
  const seen = new WeakSet();
  new MutationObserver(() => {
    for (const video of document.querySelectorAll("video")) {
      if (!seen.has(video)) watch(video);
      seen.add(video);
    }
  }).observe(document, { subtree: true, childList: true });
}"""


async def first_frames(joins: int) -> list[float]:
    """Join so many times, let in beforehand, camera and microphone checked; milliseconds each."""
    with tempfile.TemporaryDirectory(prefix="farhand-bench-") as name:
        folder = Path(name)
        async with (
            async_playwright() as playwright,
            chromium(playwright, engineer_scene(folder)) as desktop,
            chromium(playwright, customer_scene(folder)) as phone,
            world(folder / "data") as farhand,
            page_of(desktop, DESK) as desk_page,
            page_of(phone, PHONE) as phone_page,
        ):
            lin, kim = Staff(desk_page, farhand), Customer(phone_page, "ko")
            await lin.sign_in()
            await lin.open_ticket()
            await phone_page.add_init_script(WATCH)
            await kim.open(await lin.invite())
            await kim.answer()
            await lin.open_call()
            await kim.join()
            await lin.let_in()
            await lin.sees("Kim Minjun")
            return [await _rejoin(kim, phone_page) for _ in range(joins)]


async def _rejoin(kim: Customer, page: Page) -> float:
    await kim.press("Leave")
    await kim.reads("You have left the call")
    await page.reload()
    await kim.reads("Your microphone works.")
    await kim.join()
    found: float = await kim.until("() => globalThis.firstFrameAfter")
    await kim.sees("Lin Wei")
    return found
