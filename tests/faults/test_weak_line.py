"""A line grows narrow and wide again: the call goes down the ladder and up, by itself."""

import pytest
from playwright.async_api import expect

from tests.browser.media import CUSTOMER_HZ, ENGINEER_HZ
from tests.faults.calls import Call
from tests.faults.lab.rights import needs_namespaces

pytestmark = [needs_namespaces, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

LINE = {"delay_ms": 30}
NARROW_BPS = 110_000
DOWN_MS, PHOTO_MS, UP_MS = 40_000, 60_000, 90_000


async def test_photos_instead_of_video_and_video_again(call: Call) -> None:
    lin = call.lin.page
    await call.line.be(bps=NARROW_BPS)
    instead = call.kim.words("Weak signal: photos instead of video.")
    await expect(call.kim.page.get_by_text(instead).first).to_be_visible(timeout=DOWN_MS)
    photo = lin.locator("farhand-tile.large img")
    await expect(photo).to_be_visible(timeout=PHOTO_MS)
    first = await photo.get_attribute("src")
    await expect(photo).not_to_have_attribute("src", first or "", timeout=PHOTO_MS)
    await call.lin.hears(CUSTOMER_HZ)
    await call.kim.hears(ENGINEER_HZ)

    await call.line.be(bps=None)
    await expect(photo).to_have_count(0, timeout=UP_MS)
    await call.runs()
    await call.lin.until(
        "() => farhandProbe.picture('Kim Minjun')?.videoWidth === 1280", patience=UP_MS
    )
