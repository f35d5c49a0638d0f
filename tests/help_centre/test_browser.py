"""The help centre in Chromium: nothing moves, nothing leaves, everything fits and can be used."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from bot import pages as other_pages
from bot import widget
from tests.live import CHROMIUM, CHROMIUM_ARGUMENTS
from tests.widget.conftest import RULES, WATCH_POLICY

PAGES = (
    "/", "/help/nl/", "/help/en/billing/", "/help/en/billing/faq", "/help/en/website",
    "/help/en/contact/hours", "/help/en/hosting", "/help/en/website?helpful=no",
    "/help/search?q=withdraw+a+permission&language=en", "/help/search?q=zzyzx", "/help/en/none",
)  # fmt: skip
# `tests/test_pages.py` checks the others, with the shipped articles
CHECKED = (
    "/help/en/billing/", "/help/en/billing/faq?helpful=no", "/help/search?q=withdraw+a+permission",
)  # fmt: skip
LOOKS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True},
    "small": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "wide": {"viewport": {"width": 1280, "height": 800}},
}
Media = Literal["screen", "print"]
SCREENS: tuple[tuple[int, Media], ...] = (
    (1280, "screen"), (390, "screen"), (320, "screen"), (794, "print"),
)  # fmt: skip
WATCH_SHIFT = """
window.shifted = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) shifted.push(entry.value);
}).observe({type: "layout-shift", buffered: true});
"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass
class Seen:
    """What a browser met on the pages it opened."""

    problems: list[str] = field(default_factory=list)


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    if not Path(CHROMIUM).exists():
        reason = "no Chromium; install it: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        yield launched
        await launched.close()


@pytest_asyncio.fixture
async def base(app: web.Application) -> AsyncIterator[str]:
    """The address of the help centre, with the widget that its pages load."""
    widget.setup(app)
    other_pages.setup(app)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


async def watched(browser: Browser, base: str, seen: Seen, **options: Any) -> Page:
    """Return a page that notes foreign requests, broken rules of the policy, and errors."""
    context = await browser.new_context(**options)
    page = await context.new_page()
    await page.add_init_script(WATCH_POLICY + WATCH_SHIFT)

    def asked(url: str) -> None:
        if not url.startswith(base):
            seen.problems.append(f"foreign request {url}")

    page.on("request", lambda request: asked(request.url))
    page.on("pageerror", lambda error: seen.problems.append(str(error)))
    page.on(
        "console",
        lambda line: seen.problems.append(line.text) if "POLICY" in line.text else None,
    )
    return page


async def test_pages_fit_stand_still_and_ask_nobody_else(browser: Browser, base: str) -> None:
    seen = Seen()
    for look in ("small", "wide"):
        page = await watched(browser, base, seen, **LOOKS[look])
        for path in PAGES:
            await page.goto(base + path)
            await page.evaluate(SETTLED)
            if moved := await page.evaluate("shifted.reduce((sum, value) => sum + value, 0)"):
                seen.problems.append(f"{look} {path} moved by {moved}")
            if look == "small":
                seen.problems += await too_wide(page, path)
        assert await page.context.cookies() == []
    assert seen.problems == []


async def too_wide(page: Page, path: str) -> list[str]:
    """Return where a page would have to be scrolled sideways, on screens and on paper."""
    found = []
    for width, media in SCREENS:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(media=media)
        over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            found.append(f"{path} is {over} pixels too wide at {width} on {media}")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.emulate_media(media="screen")
    return found


@pytest.mark.parametrize("look", ["phone", "small"])
async def test_pages_are_accessible(browser: Browser, base: str, look: str) -> None:
    page = await watched(browser, base, Seen(), **LOOKS[look])
    found: list[str] = []
    for path in CHECKED:
        await page.goto(base + path)
        found += await violations(page, path)
    assert found == []


async def violations(page: Page, path: str) -> list[str]:
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{path}: {one['id']} {[node['target'] for node in one['nodes']]}"
        for one in found.response["violations"]
    ]


async def test_reader_without_javascript_finds_reads_and_answers(
    browser: Browser, base: str
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{base}/help/en/billing/")
    await page.get_by_role("link", name="Questions about").click()
    await page.get_by_role("button", name="No").click()
    await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    await page.get_by_role("searchbox").fill("withdraw my permissions")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator("mark").first).to_have_text("Withdraw")
    await page.locator(".results h2 a").first.click()
    assert page.url.endswith("/help/en/permissions#withdraw-a-permission")
    await expect(page.locator(":target")).to_contain_text("Withdraw a permission")
    await context.close()


async def test_heading_links_to_itself_and_the_skip_link_is_first(
    browser: Browser, base: str
) -> None:
    page = await watched(browser, base, Seen())
    await page.goto(f"{base}/help/en/website")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    outline = await page.locator(".skip").evaluate("one => getComputedStyle(one).outlineStyle")
    assert outline == "solid"
    link = page.get_by_role("link", name="Link to this section: Allow your site")
    await link.click()
    assert page.url.endswith("#allow-your-site")


async def test_print_has_the_article_alone(browser: Browser, base: str) -> None:
    page = await watched(browser, base, Seen(), color_scheme="dark")
    await page.goto(f"{base}/help/en/website")
    await page.emulate_media(media="print")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    for part in (".top", ".bottom", ".helpful", ".search", ".crumbs", "askfirst-widget"):
        await expect(page.locator(part).first).to_be_hidden()
    colours = await page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
