"""A line grows weak: the phone obeys the ladder, and both sides read where it stands."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from sessions.live.protocol import Codec
from tests.browser.calls import Call, calling
from tests.browser.media import CUSTOMER_HZ
from tests.world import World

# Of a sender of the connection in use, by its line in the offer: what may go out, or null.
SENDS = """async ([line, wanted]) => {
  const { pc } = farhandProbe.connections.findLast(({ pc }) => pc.connectionState === "connected");
  const sender = pc.getSenders()[line];
  const [encoding] = sender.getParameters().encodings;
  const sent = { track: sender.track !== null, ...encoding };
  return Object.entries(wanted).every(([name, value]) => sent[name] === value);
}"""
MICROPHONE, CAMERA = 0, 1
WIDTH = "width => farhandProbe.picture('Kim Minjun')?.videoWidth === width"
CODEC = """async codec => {
  const { pc } = farhandProbe.connections.findLast(({ pc }) => pc.connectionState === "connected");
  const stats = await pc.getStats();
  return [...stats.values()].some(({ type, kind, framesSent, codecId }) =>
    type === "outbound-rtp" && kind === "video" && framesSent > 5
    && stats.get(codecId)?.mimeType.toLowerCase() === `video/${codec}`);
}"""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def call(desktop: Browser, phone: Browser, farhand: World) -> AsyncIterator[Call]:
    async with calling(desktop, phone, farhand, "bus-hv-isolation") as call:
        yield call


async def test_a_weak_line_sends_a_smaller_picture(call: Call) -> None:
    await call.stand("low")
    await call.kim.until(
        SENDS,
        [CAMERA, {"maxBitrate": 250_000, "maxFramerate": 10, "scaleResolutionDownBy": 2}],
    )
    await call.kim.until(SENDS, [MICROPHONE, {"maxBitrate": 24_000}])
    await call.lin.until(WIDTH, 640)
    await call.kim.reads("Weak signal: a smaller picture is sent.")
    await call.lin.reads("{name}'s line is weak: a smaller picture.", name="Kim Minjun")


async def test_a_weaker_one_sends_photos_instead(call: Call) -> None:
    await call.stand("stills", "loss")
    await call.kim.until(SENDS, [CAMERA, {"track": False}])
    await call.kim.until(SENDS, [MICROPHONE, {"maxBitrate": 16_000}])
    await call.kim.reads("Weak signal: photos instead of video.")
    await call.lin.reads("{name}'s line is weak: photos instead of video.", name="Kim Minjun")
    large = call.lin.page.locator("farhand-tile.large img")
    first = await large.get_attribute("src")
    await expect(large).not_to_have_attribute("src", first or "")
    await call.lin.hears(CUSTOMER_HZ)
    await call.lin.press("Photos only")
    await call.lin.reads("Much is lost on the way.")


async def test_one_that_carries_the_voice_alone_keeps_photos_on_the_phone(call: Call) -> None:
    await call.stand("voice")
    await call.kim.reads("Very weak signal: only the voice is sent. Photos wait on this device.")
    shown = call.lin.page.locator(".photo-strip li")
    before = await shown.count()
    await call.kim.press("Photo")
    await call.kim.reads("Saved on this phone. It is sent as soon as there is a connection.")
    await call.kim.press("Done")
    await expect(call.lin.page.locator(".steps .n.done")).to_have_count(1)
    assert await shown.count() == before
    await call.stand("full")
    await expect(shown).to_have_count(before + 1)


async def test_who_cannot_receive_pictures_sees_photos(call: Call) -> None:
    await call.receive("stills")
    large = call.lin.page.locator("farhand-tile.large img")
    await expect(large).to_be_visible()
    await call.kim.until(SENDS, [CAMERA, {"track": True}])
    await call.receive("full")
    await call.lin.sees("Kim Minjun")


async def test_a_good_line_sends_all_of_it_again(call: Call) -> None:
    await call.stand("full")
    await call.lin.until(WIDTH, 1280)
    await call.kim.until(SENDS, [MICROPHONE, {"maxBitrate": 40_000}])
    await expect(call.lin.page.locator("farhand-tile.large img")).to_have_count(0)
    await call.runs()


async def test_cameras_change_to_the_codec_that_everybody_can_show(call: Call) -> None:
    codec: Codec
    for codec in ("h264", "vp8"):
        async with call.films(codec):
            await call.kim.until(CODEC, codec)
            await call.runs()
