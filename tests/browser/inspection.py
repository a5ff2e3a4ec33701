"""What every page is looked through for: barriers, errors, too much width, words in English.

With ``FARHAND_SCREENSHOTS`` set to a folder, what every page looked like is kept there."""

import os
import re
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Page

SCREENSHOTS = os.environ.get("FARHAND_SCREENSHOTS")
AXE = Path(__file__).parents[2] / "static" / "vendor" / "axe-core" / "axe.min.js"
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
NARROWEST = (320, 640)
SCHEMES = ("light", "dark")

# Ids of the rules that fail and where, in the whole page or one rule only.
BARRIERS = """async (rules) => {
  // Preloading style sheets would make axe-core itself break the Content-Security-Policy.
  const how = { resultTypes: ["violations"], preload: false };
  if (rules) how.runOnly = { type: "rule", values: rules };
  const { violations } = await axe.run(document, how);
  return violations.map(({ id, help, nodes }) =>
    `${id} (${help}): ${nodes.slice(0, 3).map(({ target }) => target.join(" ")).join(", ")}`);
}"""

# What can be read on the page or is read out, each text once.
TEXTS = """() => {
  const texts = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const { parentElement: parent } = node;
    if (parent.closest("script, style, template, noscript, code, kbd, [lang]:not(html)")) continue;
    if (parent.checkVisibility()) texts.add(node.nodeValue.trim().replace(/\\s+/g, " "));
  }
  for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
    if (!element.checkVisibility() || element.closest("[lang]:not(html)")) continue;
    for (const name of ["aria-label", "title", "placeholder", "alt"]) {
      texts.add(element.getAttribute(name)?.trim() ?? "");
    }
  }
  return [...texts, document.title].filter((text) => /[a-z]{2}/i.test(text));
}"""

TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.scrollingElement;
  if (scrollWidth <= clientWidth) return null;
  const widest = [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
    .map((element) => element.localName + "." + element.className);
  return `${scrollWidth} px wide: ${widest.slice(0, 5).join(", ")}`;
}"""

# What reads the same in every language: what people have written, names of people and places.
DATA = re.compile(
    r"""Charging\ stops\ at\ 80\ % | Battery\ module\ 3\ reports\ high\ resistance
    | Oil\ and\ filter\ change\ is\ due\ at\ 250\ h | Since\ last\ night\ .*3-114\.
    | E-bus\ 12\ m | UPS\ 80\ kVA | Generating\ set\ 500\ kVA | SR-\d{4}-\d{4} | U80-0932
    | Hangang\ Bus | Depot\ Gangseo | Yangcheon-ro\ 12,\ Gangseo-gu | Data\ hall\ 2 | Quarry\ Sur
    | Alatau\ Data | Cantera\ Sur | Seoul | Suzhou | Almaty | Antofagasta
    | Lin\ Wei | LW | Kim\ Minjun | KM | Park\ Jisoo | Farhand(\ Demo\ Service)?
    | \d\ [KMG]i?B | SHA-256.* | [0-9a-f]{64} | https?://\S+
    """,
    re.VERBOSE,
)


class Inspection:
    """The windows of one test module: what was found in them, and how they read in English."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._english: dict[str, set[str]] = {}

    async def watch(self, context: BrowserContext) -> None:
        """Note errors of all pages of a window; call it before the first page is opened."""
        await context.add_init_script(path=AXE)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.found.append(f"error: {error.error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        own = message.page.url if message.page else ""
        of_the_page_itself = message.location.get("url") == own and "status of 4" in message.text
        if message.type in ("error", "warning") and not of_the_page_itself:
            self.found.append(f"console: {message.text} ({own})")

    async def look(self, name: str, page: Page, language: str, *, schemes: Any = SCHEMES) -> None:
        """Look through a page that is open in ``language`` now; ``name`` says which it is."""
        where = f"{name} {language}"
        await self._read(name, page, language)
        was = page.viewport_size
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            for scheme in schemes:
                await page.emulate_media(color_scheme=scheme)
                rules = None if scheme == schemes[0] else ["color-contrast"]
                await self._keep(page, f"{where} {size} {scheme}")
                for barrier in await page.evaluate(BARRIERS, rules):
                    self.found.append(f"{where} {size} {scheme}: {barrier}")
        await page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
        if too_wide := await page.evaluate(TOO_WIDE):
            self.found.append(f"{where}: {too_wide}")
        if was:
            await page.set_viewport_size(was)
        for violation in await page.evaluate("farhandProbe.violations"):
            self.found.append(f"{where}: Content-Security-Policy refused {violation}")

    async def _keep(self, page: Page, name: str) -> None:
        if SCREENSHOTS:
            file = re.sub(r"\W+", "-", name).strip("-")
            await page.screenshot(path=Path(SCREENSHOTS) / f"{file}.png")

    async def _read(self, name: str, page: Page, language: str) -> None:
        texts = set(await page.evaluate(TEXTS))
        if language == "en":
            self._english[name] = texts
            return
        for text in sorted(texts & self._english[name]):
            if re.search(r"[A-Za-z]{2}", DATA.sub("", text)):
                self.found.append(f"{name} {language}: not translated: {text}")

    def is_clean(self) -> None:
        """Nothing was found."""
        found, self.found = self.found, []
        assert not found, "\n".join(dict.fromkeys(found))
