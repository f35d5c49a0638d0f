"""The whole journey in Chromium: a visitor in one browser, staff in another, one server.

It also makes the picture in the README (`ASKFIRST_PICTURES=DIR` writes it there).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import LiveServer

QUESTION = "How do I put this on my site?"
PICTURES = os.environ.pop("ASKFIRST_PICTURES", "")
SECONDS = 20_000


@pytest.fixture
def server(model: Path, tmp_path: Path) -> Iterator[LiveServer]:
    """A server of its own: this is a first start, with the first staff link."""
    found = LiveServer(tmp_path / "journey")
    found.start()
    yield found
    found.stop()


def open_page(browser: Browser, url: str, **options: Any) -> Page:
    context = browser.new_context(**options)
    context.set_default_timeout(SECONDS)
    page = context.new_page()
    page.goto(url)
    return page


def say(page: Page, text: str) -> None:
    box = page.locator("askfirst-widget textarea")
    box.fill(text)
    box.press("Enter")


def last(page: Page, text: str) -> Any:
    return page.locator("askfirst-widget .message", has_text=text).last


def sign_in_first_staff(browser: Browser, server: LiveServer) -> Page:
    """Follow the one-time link of the first start, as its owner would."""
    page = open_page(browser, server.staff_link, viewport={"width": 1280, "height": 800})
    page.get_by_label("Name").fill("Robin")
    page.get_by_label("E-mail").fill("robin@example.org")
    for box in page.locator("input[type=password]").all():
        box.fill("correct horse battery")
    page.locator("form button.primary").click()
    page.wait_for_url("**/desk")
    return page


def test_ask_follow_refuse_hand_over_and_withdraw(browser: Browser, server: LiveServer) -> None:
    size = {"width": 1100, "height": 820}
    visitor = open_page(browser, f"{server.url}/demo?lang=en", viewport=size)
    visitor.locator("askfirst-widget .launcher").click()
    answer = ask_and_get_a_sourced_answer(visitor)
    follow_the_source_and_come_back(visitor)
    refuse_and_get_the_same_help(visitor, answer)
    staff = sign_in_first_staff(browser, server)
    expect(staff.get_by_text("Nobody is waiting").first).to_be_visible()
    address = share_with_staff(visitor, staff)
    talk_with_staff(visitor, staff)
    withdraw(visitor, staff, address)
    say(visitor, QUESTION)
    expect(sources(visitor)).to_have_count(3)


def ask_and_get_a_sourced_answer(visitor: Page) -> str:
    say(visitor, QUESTION)
    expect(sources(visitor)).to_have_count(1)
    picture(visitor, "conversation")
    return last_quote(visitor)


def follow_the_source_and_come_back(visitor: Page) -> None:
    """The link lands on its heading, and the chat is there, both there and on the way back."""
    source = sources(visitor).last
    href = source.get_attribute("href") or ""
    source.click()
    visitor.wait_for_url(f"**{href.split('://', 1)[-1].split('/', 1)[-1]}")
    expect(visitor.locator(f"[id='{href.split('#')[1]}']")).to_be_visible()
    expect(visitor.locator("askfirst-widget .message", has_text=QUESTION)).to_have_count(1)
    visitor.go_back()
    expect(visitor.locator("askfirst-widget .message", has_text=QUESTION)).to_have_count(1)


def refuse_and_get_the_same_help(visitor: Page, answer: str) -> None:
    say(visitor, "I would like to talk to a person")
    expect(visitor.get_by_role("button", name="No, don't share it")).to_be_visible()
    picture(visitor, "permission")
    visitor.get_by_role("button", name="No, don't share it").click()
    expect(last(visitor, "nothing is shared")).to_be_visible()
    say(visitor, QUESTION)
    expect(sources(visitor)).to_have_count(2)
    assert last_quote(visitor) == answer


def share_with_staff(visitor: Page, staff: Page) -> str:
    """Say yes; staff see the conversation appear. Return its address at the desk."""
    say(visitor, "can I speak to someone after all?")
    visitor.get_by_role("button", name="Yes, share this conversation").last.click()
    expect(last(visitor, "You are number 1 in line")).to_be_visible()
    staff.locator("a[href*='/desk/conversations/']").first.click()
    staff.wait_for_url("**/desk/conversations/*")
    expect(staff.get_by_text(QUESTION).first).to_be_visible()
    return staff.url


def talk_with_staff(visitor: Page, staff: Page) -> None:
    staff.get_by_role("button", name="Take over").click()
    picture(staff, "desk")
    expect(last(visitor, "Robin (a person)")).to_be_visible()
    say(visitor, "hello Robin")
    expect(staff.get_by_text("hello Robin").first).to_be_visible()
    staff.locator("textarea").first.fill("Paste it before the closing body tag.")
    staff.get_by_role("button", name="Send").click()
    expect(last(visitor, "before the closing body tag")).to_be_visible()
    staff.get_by_role("button", name="Hand back").first.click()
    expect(last(visitor, "with the assistant again")).to_be_visible()


def withdraw(visitor: Page, staff: Page, address: str) -> None:
    """Stop: what staff could read a moment ago is closed to them."""
    say(visitor, "stop")
    expect(last(visitor, "is withdrawn")).to_be_visible()
    refused = staff.goto(address)
    assert refused is not None
    assert refused.status == 403
    assert "hello Robin" not in staff.content()


def sources(page: Page) -> Any:
    return page.locator("askfirst-widget .message.assistant a[href*='/help/en/']")


def last_quote(page: Page) -> str:
    """Return what the last answer says, without when."""
    quote = page.locator("askfirst-widget .message.assistant blockquote").last
    return str(quote.inner_text())


def picture(page: Page, name: str) -> None:
    """Take a picture for the docs, if the caller of the tests asked for pictures."""
    if PICTURES:
        page.wait_for_timeout(400)  # let the panel come to rest
        page.screenshot(path=f"{PICTURES}/{name}.png")
