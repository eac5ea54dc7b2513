"""People in a real Chromium: what they see is held to what a page must be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from axe_playwright_python.async_playwright import Axe

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1360, "height": 900}
_ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)
_GRAVE = ("serious", "critical")
_PATIENCE_MS = 30_000
_WIDER = """() => {
  const room = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= room) return []
  return [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > room + 1)
    .map(one => `${one.tagName.toLowerCase()}.${one.className}`).slice(0, 6)
    .concat(`${document.documentElement.scrollWidth} > ${room}`)
}"""


class Browsing:
    """One browser; every person in it has cookies of their own."""

    def __init__(self, browser: Browser, pictures: Path | None) -> None:
        self.calls = 0
        self.complaints: list[str] = []
        self._browser = browser
        self._pictures = pictures
        self._axe = Axe()
        self._contexts: list[BrowserContext] = []
        self._looked: set[str] = set()

    async def person(self, base_url: str, *, phone: bool = False, language: str = "zh-CN") -> Page:
        """Let somebody in, with a phone in hand or before a screen."""
        context = await self._browser.new_context(
            base_url=base_url,
            locale=language,
            timezone_id="Asia/Shanghai",
            viewport=PHONE if phone else DESKTOP,  # pyright: ignore[reportArgumentType]
            user_agent=_ANDROID if phone else None,
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            reduced_motion="reduce",
        )
        context.set_default_timeout(_PATIENCE_MS)
        self._contexts.append(context)
        context.on("request", self._count)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        return await context.new_page()

    async def look(self, page: Page, name: str) -> None:
        """Judge the page as it stands: no grave barrier, and on a phone no sideways scrolling."""
        if name in self._looked:
            return
        self._looked.add(name)
        own = page.viewport_size
        assert own is not None, "a person has a screen"
        found = await self._axe.run(page)
        self.complaints += [
            f"{name}: {one['id']}, {one['impact']}: {node['html'][:160]}"
            for one in found.response["violations"]
            if one["impact"] in _GRAVE
            for node in one["nodes"][:3]
        ]
        await self._picture(page, name)
        if own != PHONE:
            await page.set_viewport_size(PHONE)  # pyright: ignore[reportArgumentType]
        wider = await page.evaluate(_WIDER)
        self.complaints += [f"{name} overflows a phone: {wider}"] if wider else []
        if own != PHONE:
            await self._picture(page, name)
            await page.set_viewport_size(own)

    async def _picture(self, page: Page, name: str) -> None:
        if self._pictures is not None:
            width = "phone" if page.viewport_size == PHONE else "desktop"
            await page.screenshot(path=self._pictures / f"{name}-{width}.png", full_page=True)

    def satisfied(self) -> None:
        """Refuse what anybody complained of since the last time."""
        complaints, self.complaints = self.complaints, []
        assert not complaints, "\n".join(complaints)

    async def close(self) -> None:
        """Send everybody home."""
        for context in self._contexts:
            await context.close()

    def _count(self, request: Request) -> None:
        self.calls += request.is_navigation_request()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console of {message.location.get('url', '')}: {message.text}")
