"""What an answer looks like in Chromium: lists, tables, code, long sections, third parties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.live import LiveServer
from tests.shown_articles import write_shown
from tests.widget.conftest import LOOKS, Watched, violations

NewPage = Callable[..., Watched]
STEPS = "help, the smart lock does not open, it is broken"
TABLE = "which is better for me, the day plan or the month plan?"
RULES = "workshop house rule about the cactus"
MARKED = "may another telephone open my smart lock hire?"
THIRD_PARTY = "where can I keep a bicycle dry in winter storage"


@pytest.fixture(scope="module")
def live_server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = write_shown(tmp_path_factory.mktemp("articles"))
    server = LiveServer(tmp_path_factory.mktemp("live"), "--articles", str(folder))
    server.start()
    yield server.url
    server.stop()


def answer_to(watched: Watched, *questions: str) -> None:
    watched.visit()
    watched.open()
    for number, question in enumerate(questions):
        watched.say(question)
        watched.part(".answer").nth(number).wait_for()


def plain_page(new_page: NewPage, live_server: str, question: str) -> Page:
    page = new_page(java_script_enabled=False).page
    page.goto(f"{live_server}/chat?lang=en")
    page.locator("textarea").fill(question)
    page.get_by_role("button", name="Send").click()
    return page


def test_widget_keeps_numbers_tables_and_code(watched: Watched) -> None:
    answer_to(watched, RULES, STEPS, TABLE, "how do I fetch the ride data of my company")
    first = int(watched.part(".answer ol").first.get_attribute("start"))
    assert first > 1
    expect(watched.part(".answer ol").nth(1).locator("li")).to_have_count(4)
    expect(watched.part(".answer .wide table")).to_have_count(1)
    expect(watched.part(".answer pre code")).to_contain_text("curl --header")
    expect(watched.part(".answer img")).to_have_count(0)
    assert not [url for url in watched.requests if not url.startswith(watched.base)]


def test_page_without_javascript_keeps_them_too(new_page: NewPage, live_server: str) -> None:
    page = plain_page(new_page, live_server, RULES)
    assert int(str(page.locator(".answer ol").get_attribute("start"))) > 1
    expect(plain_page(new_page, live_server, TABLE).locator(".answer .wide table")).to_be_visible()
    marked = plain_page(new_page, live_server, MARKED)
    expect(marked.locator(".answer .more a")).to_contain_text("Read on in")
    expect(marked.locator(".answer mark").first).to_contain_text("telephone")
    expect(marked.locator(".answer figcaption")).to_contain_text("Highlighted by the assistant")


def test_read_on_leads_to_the_heading(watched: Watched) -> None:
    answer_to(watched, MARKED)
    expect(watched.part(".answer mark").first).to_be_visible()
    expect(watched.part("figcaption")).to_contain_text("Highlighted by the assistant")
    watched.part(".answer .more a").click()
    watched.page.wait_for_url("**/help/en/lock#the-smart-lock-does-not-open")


def test_links_of_a_third_party_say_so_and_carry_nothing(
    watched: Watched, new_page: NewPage, live_server: str
) -> None:
    answer_to(watched, THIRD_PARTY)
    links = watched.part(".answer a").all()
    page = plain_page(new_page, live_server, THIRD_PARTY)
    links += page.locator(".answer a").all()
    assert len(links) >= 4
    for link in links:
        assert link.get_attribute("rel") == "nofollow noopener sponsored"
        assert "?" not in str(link.get_attribute("href"))
    expect(watched.part(".answer .affiliate")).to_contain_text("Third party: Example Storage")
    expect(page.locator(".answer .affiliate")).to_contain_text("Third party: Example Storage")


def test_tables_scroll_within_and_everything_can_be_read(new_page: NewPage) -> None:
    watched = new_page(**LOOKS["phone"], color_scheme="dark")
    answer_to(watched, TABLE, MARKED)
    log = watched.part(".log")
    assert log.evaluate("(log) => log.scrollWidth <= log.clientWidth")
    wide = watched.part(".answer .wide")
    assert wide.evaluate("(one) => one.scrollWidth > one.clientWidth")
    assert violations(watched.page) == []
