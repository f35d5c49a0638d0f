"""The desk in Chromium: what is live with JavaScript, and whether everybody can use it."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect
from sqlalchemy import update

from bot.conversation.store import messages_after
from bot.conversation.stream import DESK
from bot.database.tables import message
from bot.staff import Staff, create_invitation
from bot.web_keys import WAKEUPS
from tests.desk.scene import PASSWORD, Scene
from tests.desk.test_pages import wish

pytestmark = pytest.mark.asyncio

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]


@dataclass
class Screen:
    """A staff member's browser, and what went wrong in it."""

    page: Page
    app: web.Application
    scene: Scene
    base: str
    problems: list[str] = field(default_factory=list)

    async def open(self, path: str) -> None:
        await self.page.goto(self.base + path)

    async def sign_in(self, staff: Staff) -> None:
        await self.open("/desk/sign-in")
        await self.page.fill("#email", staff.email)
        await self.page.fill("#password", PASSWORD)
        await self.page.click("button")
        await expect(self.page.locator("#link")).to_have_text("Live")

    async def visitor_says(self, talk: str, text: str) -> None:
        self.scene.say(talk, text)
        self.news(talk)

    def news(self, talk: str) -> None:
        self.app[WAKEUPS].notify(talk, DESK)


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        reason = "no Chromium; install it: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture
async def screen(browser: Browser, app: web.Application, scene: Scene) -> AsyncIterator[Screen]:
    server = TestServer(app)
    await server.start_server()
    page = await browser.new_page()
    shown = Screen(page, app, scene, str(server.make_url("")).rstrip("/"))
    page.on(
        "console",
        lambda message: shown.problems.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: shown.problems.append(str(error)))
    yield shown
    await page.close()
    await server.close()


async def test_a_visitor_who_asks_appears_without_a_reload(screen: Screen) -> None:
    await screen.sign_in(screen.scene.staff())
    await expect(screen.page.locator("#waiting-text")).to_have_text("Nobody is waiting.")
    talk = screen.scene.talk("Where is my parcel?")
    screen.scene.share(talk)
    screen.news(talk)
    row = screen.page.get_by_role("link", name=re.compile("Where is my parcel"))
    await expect(row).to_be_visible()
    await expect(screen.page.locator("#waiting-text")).to_have_text("1 visitor is waiting")
    await expect(screen.page).to_have_title("(1) Inbox · Desk")
    screen.scene.withdraw(talk)
    screen.news(talk)
    await expect(row).to_have_count(0)
    await expect(screen.page).to_have_title("Inbox · Desk")
    assert screen.problems == []


async def test_staff_and_visitor_talk_without_a_reload(screen: Screen) -> None:
    await screen.sign_in(screen.scene.staff())
    talk = screen.scene.talk("Help")
    screen.scene.share(talk)
    await screen.open(f"/desk/conversations/{talk}")
    await screen.page.click("#take-over")
    text = screen.page.locator("#text")
    await text.fill("Half a draft")
    await screen.visitor_says(talk, "Are you <b>there</b>?")
    lines = screen.page.locator("#log > li .words")
    await expect(lines.last).to_have_text("Are you <b>there</b>?")
    await expect(text).to_have_value("Half a draft")
    await screen.page.reload()
    await expect(text).to_have_value("Half a draft")
    await text.fill("Yes, I am")
    await text.press("Control+Enter")
    await expect(lines.last).to_have_text("Yes, I am")
    await expect(text).to_have_value("")
    await expect(text).to_be_focused()
    await text.fill("And more")
    await screen.page.get_by_role("button", name="Send").click()
    await expect(lines).to_have_count(5)
    await screen.page.reload()
    await expect(text).to_have_value("")
    assert screen.problems == []


async def test_a_renewal_leaves_the_lines_that_are_there_alone(screen: Screen) -> None:
    """A screen reader would read every line again that was put in anew."""
    await screen.sign_in(screen.scene.staff())
    talk = screen.scene.talk("One", "Two")
    screen.scene.share(talk)
    await screen.open(f"/desk/conversations/{talk}")
    await screen.page.evaluate(
        "for (const item of document.querySelectorAll('#log > li')) item.old = true"
    )
    screen.scene.clock.advance(1)
    await screen.visitor_says(talk, "Three")
    await expect(screen.page.locator("#log > li")).to_have_count(3)
    old = "[...document.querySelectorAll('#log > li')].map((item) => item.old === true)"
    assert await screen.page.evaluate(old) == [True, True, False]


async def test_words_that_could_not_be_sent_stay(screen: Screen) -> None:
    await screen.sign_in(screen.scene.staff())
    talk = screen.scene.talk("Help")
    screen.scene.share(talk)
    await screen.open(f"/desk/conversations/{talk}")
    await screen.page.click("#take-over")
    await screen.page.fill("#text", "Important")
    await screen.page.context.set_offline(True)
    await screen.page.click("#reply button")
    await expect(screen.page.get_by_role("alert")).to_contain_text("Not sent.")
    await expect(screen.page.locator("#text")).to_have_value("Important")
    await screen.page.context.set_offline(False)
    await screen.page.click("#reply button")
    await expect(screen.page.locator("#log > li .words").last).to_have_text("Important")
    await expect(screen.page.get_by_role("alert")).to_have_count(0)
    with screen.scene.database.reading() as connection:
        texts = [found.text for found in messages_after(connection, talk, 0)]
    assert texts.count("Important") == 1


async def test_the_words_leave_the_screen_when_the_visitor_ends_the_sharing(
    screen: Screen,
) -> None:
    await screen.sign_in(screen.scene.staff())
    talk = screen.scene.talk("My secret")
    screen.scene.share(talk)
    await screen.open(f"/desk/conversations/{talk}")
    await expect(screen.page.get_by_text("My secret")).to_be_visible()
    screen.scene.withdraw(talk)
    screen.news(talk)
    await expect(screen.page.get_by_role("alert")).to_contain_text("ended the sharing")
    assert "My secret" not in await screen.page.content()


async def test_a_session_that_ended_sends_an_open_page_to_the_door(screen: Screen) -> None:
    await screen.sign_in(screen.scene.staff())
    await screen.page.context.clear_cookies()
    talk = screen.scene.talk("Help")
    screen.scene.share(talk)
    screen.news(talk)
    await screen.page.wait_for_url("**/desk/sign-in?next=/desk")


def populated(scene: Scene) -> dict[str, str]:
    """Return pages in every state worth looking at."""
    sources = [{"title": "Paying", "url": "/help/paying", "article": "paying"}]
    talk = scene.talk()
    scene.answer(talk, scene.say(talk, "How do I pay?"), sources=sources)
    scene.share(talk)
    finished = scene.talk()
    scene.answer(finished, scene.say(finished, "Where is it?"), confidence=0.3)
    scene.refuse(finished)
    scene.permit(finished, "improve", "-")
    scene.resolved(finished)
    wish(scene, "answer", state="scheduled", attempts=7, last_error="The mail server is away.")
    return {
        "inbox": "/desk",
        "inbox done": "/desk?done=resolved",
        "live": f"/desk/conversations/{talk}",
        "refused": f"/desk/conversations/{finished}",
        "transcripts": "/desk/transcripts",
        "nothing found": "/desk/transcripts?words=nothing&page=2",
        "transcript": f"/desk/transcripts/{finished}",
        "follow-ups": "/desk/follow-ups?done=news",
        "news": f"/desk/follow-ups/{wish(scene)}",
    }


async def violations(page: Page) -> list[tuple[str, list[Any]]]:
    """Return what axe finds, and any need to scroll sideways."""
    result = (await Axe().run(page)).response
    found = [
        (item["id"], [node["target"] for node in item["nodes"]]) for item in result["violations"]
    ]
    wide = await page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return [*found, ("scrolls-sideways", [])] if wide else found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
async def test_every_page_is_accessible_and_fits(screen: Screen, width: int, scheme: Any) -> None:
    await screen.page.set_viewport_size({"width": width, "height": 700})
    await screen.page.emulate_media(color_scheme=scheme)
    with screen.scene.database.transaction() as connection:
        token = create_invitation(connection, screen.scene.clock.now())
    found = {}
    for name, path in {"welcome": f"/desk/welcome/{token}", "sign-in": "/desk/sign-in"}.items():
        await screen.open(path)
        found[name] = await violations(screen.page)
    await screen.sign_in(screen.scene.staff())
    found["empty inbox"] = await violations(screen.page)
    for name, path in populated(screen.scene).items():
        await screen.open(path)
        found[name] = await violations(screen.page)
        if name == "live":
            await screen.page.click("#take-over")
            await expect(screen.page.locator("#text")).to_be_visible()
            found["mine"] = await violations(screen.page)
    assert {name: what for name, what in found.items() if what} == {}
    assert [text for text in screen.problems if "403" not in text] == []


async def test_a_day_that_was_found_stays_on_one_line_on_a_phone(screen: Screen) -> None:
    await screen.page.set_viewport_size({"width": 320, "height": 700})
    await screen.sign_in(screen.scene.staff())
    talk = screen.scene.talk("Some days")
    day = {"entity": "date", "first": "2026-11-30", "last": "2026-12-06"}
    found = [{**day, "value": "so " * length} for length in range(1, 20)]
    with screen.scene.database.transaction() as connection:
        connection.execute(update(message).values(body={"found": found}))
    screen.scene.share(talk)
    await screen.open(f"/desk/conversations/{talk}")
    days = screen.page.locator("#log time[datetime^='2026-1']:not([data-local])")
    await expect(days).to_have_count(2 * len(found))
    lines = "(days) => days.map((day) => day.getClientRects().length)"
    assert set(await days.evaluate_all(lines)) == {1}


async def test_axe_sees_what_is_wrong(screen: Screen) -> None:
    """The control: a check that can't fail proves nothing."""
    await screen.page.set_content("<html><body><img src='data:,'><input></body></html>")
    assert {"image-alt", "label"} <= {name for name, _ in await violations(screen.page)}
