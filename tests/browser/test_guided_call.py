"""The story of the product: a link, a call, five steps, and the recording of it by step.

How picture and sound are measured. A file camera that is late stays late, so the clock in the
picture and the bursts in the sound drift apart before anything of Farhand has touched them
(seconds, on a busy machine). What belongs together is therefore taken from the customer's page:
when each frame and each burst was captured, by the browser's own stamps. Measured in Chromium
156: camera frames carry the system's monotonic clock, sound carries the page's time (which begins
at ``performance.timeOrigin``), both to less than a millisecond; the echo canceller and the noise
suppressor work before the stamp is read and shift nothing. A picture or a burst of the produced
file is then as far off as its time in the file is from its time of capture, and the two must be
equally far off.
"""

import json
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sessions.guidance.procedures import find_procedure
from tests.browser.media import CUSTOMER_HZ, ENGINEER_HZ
from tests.browser.people import DESK, PHONE, SECONDS, Customer, Staff, page_of
from tests.browser.review import Review, apart
from tests.browser.source import Source
from tests.world import JISOO, World

STEPS = find_procedure("bus-hv-isolation").steps[:5]
FRAMES_A_SECOND = 24
FOR_SECONDS = 5
LONG_ENOUGH = re.compile(r"REC 0:(1[5-9]|[2-5]\d)|REC [1-9]:")
READY = 60 * SECONDS

# Chromium's sum of decoded frames, now and some seconds ago; true at the rate that is wanted.
DECODED_AT_RATE = """async ([rate, seconds]) => {
  const now = performance.now();
  const seen = (farhandProbe.seen ??= []);
  seen.push([now, await farhandProbe.count("inbound-rtp", "video", "framesDecoded")]);
  const [at, before] = seen.findLast(([at]) => now - at >= 1000 * seconds) ?? [0, Infinity];
  return (1000 * (seen.at(-1)[1] - before)) / (now - at) >= rate;
}"""


@dataclass(frozen=True)
class Told:
    """What is left of the call when it is over."""

    session: str
    source: Source
    presses: list[datetime]  # for each step, when Done was pressed
    lasted_ms: float  # from the customer's connection to its end


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def told(desktop: Browser, phone: Browser, farhand: World) -> AsyncIterator[Told]:
    """Lin guides Kim through five steps."""
    async with page_of(desktop, DESK) as desk_page, page_of(phone, PHONE) as phone_page:
        lin, kim = Staff(desk_page, farhand), Customer(phone_page, "ko")
        await lin.sign_in()
        await lin.open_ticket()
        await kim.open(await lin.invite())
        await kim.answer(agree=True)
        await kim.reads("Your microphone works.")
        await kim.page.evaluate("farhandProbe.listen()")
        await lin.open_call()
        await kim.join()
        await kim.wait_to_be_let_in()
        await lin.let_in()

        await see_and_hear_each_other(lin, kim)
        await lin.sign("lit")
        await kim.sign("lit")
        await lin.until(DECODED_AT_RATE, [FRAMES_A_SECOND, FOR_SECONDS], 75 * SECONDS)
        await expect(desk_page.get_by_text(LONG_ENOUGH)).to_be_visible(timeout=READY)
        presses = [await tick(number, [kim, lin][number % 2]) for number in range(len(STEPS))]
        session = lin.session
        await lin.end()
        await kim.reads("The session has ended")
        lasted = await kim.page.evaluate(
            """() => {
              const { connections } = farhandProbe;
              return Math.max(...connections.map(({ closedAt }) => closedAt ?? 0))
                - Math.min(...connections.map(({ connectedAt }) => connectedAt ?? Infinity));
            }"""
        )
        yield Told(session, await Source.of(kim.page), presses, lasted)


async def see_and_hear_each_other(lin: Staff, kim: Customer) -> None:
    await lin.sees("Kim Minjun")
    await kim.sees("Lin Wei")
    await lin.hears(CUSTOMER_HZ)
    await kim.hears(ENGINEER_HZ)
    await lin.until("() => farhandProbe.picture('Kim Minjun')?.videoWidth === 1280")
    first = await lin.until("() => farhandProbe.clock(farhandProbe.picture('Kim Minjun'))")
    await lin.until(
        "first => farhandProbe.clock(farhandProbe.picture('Kim Minjun')) > first", first
    )


async def tick(number: int, person: Staff | Customer) -> datetime:
    """Press Done on a step once it is the current one; when that was."""
    title = STEPS[number].title[person.language]
    await expect(person.page.locator(".step-title", has_text=title)).to_be_visible()
    await (
        person.page.locator(".step-title ~ * button", has_text="Done")
        .or_(person.button("Done"))
        .click()
    )
    pressed, said = await person.page.evaluate("farhandProbe.presses.at(-1)")
    assert "Done" in said or said == "완료"
    return datetime.fromtimestamp(pressed / 1000, UTC)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def jisoo(told: Told, desktop: Browser, farhand: World) -> AsyncIterator[Page]:
    """The supervisor's page of the recording, which has become ready before her eyes."""
    async with page_of(desktop, DESK) as page:
        await Staff(page, farhand).sign_in(JISOO)
        await page.goto(f"{farhand.url}/recordings/{told.session}")
        await expect(page.locator("farhand-player:defined video")).to_be_visible(timeout=READY)
        yield page


async def fetch(page: Page, name: str, folder: Path) -> Path:
    """Download one file of the recording."""
    path = folder / Path(name).name
    response = await page.context.request.get(f"{page.url}/files/{name}")
    assert response.status == 200
    path.write_bytes(await response.body())
    return path


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def timeline(jisoo: Page, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = await fetch(jisoo, "timeline.json", tmp_path_factory.mktemp("timeline"))
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def review(jisoo: Page, tmp_path_factory: pytest.TempPathFactory) -> Review:
    return Review(await fetch(jisoo, "review.webm", tmp_path_factory.mktemp("review")))


async def test_the_supervisor_plays_it_step_by_step(jisoo: Page, review: Review) -> None:
    await jisoo.get_by_role("button", name="Play or pause").click()
    await jisoo.wait_for_function("() => document.querySelector('video').currentTime > 1")
    await jisoo.get_by_role("button", name="Play or pause").click()
    for number in (3, 1):
        mark = jisoo.locator("[data-marks] button").nth(number)
        at = int(await mark.get_attribute("data-ms") or "") / 1000
        await mark.click()
        shown = await jisoo.wait_for_function(
            """at => {
              const video = document.querySelector("video");
              return !video.seeking && Math.abs(video.currentTime - at) < 0.3
                && farhandProbe.clock(video);
            }""",
            arg=at,
        )
        assert apart(await shown.json_value(), review.frames.shown_at(1000 * at)) <= 300


async def test_the_review_file_is_as_long_as_the_call(
    told: Told, review: Review, timeline: dict[str, Any]
) -> None:
    assert review.duration_ms == pytest.approx(told.lasted_ms, abs=500)
    assert review.duration_ms == pytest.approx(timeline["duration_ms"], abs=50)
    assert review.duration_ms - review.frames.at[-1] < 500
    assert review.duration_ms - 1000 * len(review.sound) / 48_000 < 500


async def test_picture_and_sound_are_together(
    told: Told, review: Review, timeline: dict[str, Any]
) -> None:
    moment = datetime.fromisoformat(timeline["origin_wall"])
    off = told.source.apart(review, CUSTOMER_HZ, moment)
    assert len(off) >= FOR_SECONDS
    assert np.abs(off).max() <= 40, off.round(1).tolist()
    assert np.ptp(off) <= 40
    late = review.frames.at - told.source.captured(review.frames, told.source.clock_at(moment))
    assert np.nanmax(np.abs(late - np.nanmedian(late))) <= 40


async def test_both_voices_are_in_it(review: Review) -> None:
    seconds = review.duration_ms / 1000
    for hz in (CUSTOMER_HZ, ENGINEER_HZ):
        assert len(review.bursts(hz)) == pytest.approx(seconds, abs=3)


async def test_steps_are_at_their_pictures(
    told: Told, review: Review, timeline: dict[str, Any]
) -> None:
    zero = told.source.clock_at(datetime.fromisoformat(timeline["origin_wall"]))
    late = review.frames.at - told.source.captured(review.frames, zero)
    marks = [entry for entry in timeline["entries"] if entry["event"] == "step"]
    assert [mark["step"] for mark in marks] == [step.key for step in STEPS]
    for mark, pressed in zip(marks, told.presses, strict=True):
        picture_of_press = told.source.clock_at(pressed) + np.nanmedian(late)
        assert mark["at_ms"] == pytest.approx(picture_of_press, abs=500)


async def test_other_programs_accept_every_file(
    jisoo: Page, timeline: dict[str, Any], tmp_path: Path
) -> None:
    names = ["review.webm", *(one["file"] for one in timeline["participants"])]
    assert len(names) == 3
    for name in names:
        path = await fetch(jisoo, name, tmp_path)
        probed = json.loads(
            run("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path)
        )
        kinds = sorted(stream["codec_type"] for stream in probed["streams"])
        assert kinds == ["audio", "video"], name
        assert float(probed["format"]["duration"]) > FOR_SECONDS
        identified = json.loads(run("mkvmerge", "--identify", "-F", "json", path))
        assert identified["container"]["supported"]
        assert identified["container"]["properties"]["duration"] > FOR_SECONDS * 1e9
        assert sorted(track["type"] for track in identified["tracks"]) == ["audio", "video"]


def run(*command: str | Path) -> str:
    """What a program prints; it must say nothing about errors."""
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return ended.stdout
