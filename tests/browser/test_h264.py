"""A phone that knows no VP8: both sides film in H.264, and the recording is played as an MP4."""

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.media import CUSTOMER_HZ, ENGINEER_HZ
from tests.browser.people import DESK, PHONE, SECONDS, Customer, Staff, page_of
from tests.browser.review import Review, apart
from tests.world import World

READY = 60 * SECONDS

WITHOUT_VP8 = """
for (const side of [RTCRtpReceiver, RTCRtpSender]) {
  const all = side.getCapabilities.bind(side);
  side.getCapabilities = (kind) => {
    const found = all(kind);
    return { ...found, codecs: found.codecs.filter(({ mimeType }) => mimeType !== "video/VP8") };
  };
}
"""
# What the camera sends now, by the browser's own word (W3C webrtc-stats).
FILMS_IN = """async (codec) => {
  for (const { pc } of farhandProbe.connections) {
    if (pc.connectionState !== "connected") continue;
    const all = await pc.getStats();
    const sent = [...all.values()].find((one) =>
      one.type === "outbound-rtp" && one.kind === "video" && one.framesSent > 0);
    if (sent && all.get(sent.codecId)?.mimeType === codec) return true;
  }
  return false;
}"""
SEEKS_TO = """async (at) => {
  const video = document.querySelector("farhand-player video");
  video.currentTime = at;
  await new Promise((done) => video.requestVideoFrameCallback(done));
  return farhandProbe.clock(video);
}"""


async def test_a_call_and_its_recording_in_h264(
    desktop: Browser, phone: Browser, farhand: World, tmp_path: Path
) -> None:
    async with page_of(desktop, DESK) as desk_page, page_of(phone, PHONE) as phone_page:
        await phone_page.add_init_script(WITHOUT_VP8)
        lin, kim = Staff(desk_page, farhand), Customer(phone_page, "ko")
        await lin.sign_in()
        await lin.report("Charging stops at 80 %")
        await kim.open(await lin.invite())
        await kim.answer()
        await lin.open_call()
        await kim.join()
        await lin.let_in()
        await lin.hears(CUSTOMER_HZ)
        await kim.hears(ENGINEER_HZ)
        for person in (lin, kim):
            await person.until(FILMS_IN, "video/H264")
        await lin.sees("Kim Minjun", frames=60)
        await kim.sees("Lin Wei", frames=60)
        await lin.sign("lit")
        session = lin.session
        await lin.end()

        await desk_page.goto(f"{farhand.url}/recordings/{session}")
        player = desk_page.locator("farhand-player:defined video")
        await expect(player).to_be_visible(timeout=READY)
        kept = await desk_page.context.request.get(f"{desk_page.url}/files/review.mp4")
        assert kept.headers["content-type"] == "video/mp4"
        path = tmp_path / "review.mp4"
        path.write_bytes(await kept.body())
        review = Review(path)
        middle = review.duration_ms / 2
        shown = await lin.until(SEEKS_TO, middle / 1000)
        assert apart(shown, review.frames.shown_at(middle)) <= 300
        assert review.bursts(CUSTOMER_HZ).size
        assert review.bursts(ENGINEER_HZ).size
