"""The widget on an owner's site: a page of another origin with a strict policy of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.live import LiveServer
from tests.widget.conftest import QUESTION, Watched

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src {server};
 connect-src {server}; require-trusted-types-for 'script'; trusted-types 'none'">
<script src="{server}/widget.js" defer></script></head><body><h1>Shop</h1></body></html>"""


class Site(ThreadingHTTPServer):
    """A site of one page; `page` is set when the address of the assistant is known."""

    page = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SitePage)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class SitePage(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.page.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[Site, Site]]:
    """A site that the assistant's owner named, and one that was not."""
    found = Site(), Site()
    yield found
    for site in found:
        site.shutdown()
        site.server_close()


@pytest.fixture(scope="module")
def assistant_server(
    model: Path, sites: tuple[Site, Site], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    named, _ = sites
    folder = tmp_path_factory.mktemp("site")
    server = LiveServer(folder, ASKFIRST_ALLOWED_ORIGINS=named.origin)
    server.start()
    for site in sites:
        site.page = PAGE.format(server=server.url)
    yield server
    server.stop()


@pytest.fixture
def visit(
    assistant_server: LiveServer, browser: Browser, new_page: Callable[..., Watched]
) -> Callable[[Site], Watched]:
    def go(site: Site) -> Watched:
        watched = new_page()
        watched.base = site.origin
        watched.visit("/")
        return watched

    return go


def test_question_on_a_named_site_is_answered_by_the_stream(
    visit: Callable[[Site], Watched], sites: tuple[Site, Site], assistant_server: LiveServer
) -> None:
    watched = visit(sites[0])
    watched.open()
    watched.say(QUESTION)
    watched.part(".answer").first.wait_for()
    watched.page.wait_for_timeout(500)
    assert len([url for url in watched.requests if "/api/v1/events" in url]) == 1
    assert not [url for url in watched.requests if "/messages?after=" in url]
    known = (sites[0].origin, assistant_server.url)
    assert [url for url in watched.requests if not url.startswith(known)] == []
    assert watched.problems == []


def test_named_site_hears_that_a_conversation_is_gone(
    visit: Callable[[Site], Watched], sites: tuple[Site, Site]
) -> None:
    watched = visit(sites[0])
    watched.page.evaluate(
        """() => sessionStorage.setItem("askfirst",
          JSON.stringify({id: "x", token: "gone", open: true}))"""
    )
    watched.page.reload()
    expect(watched.part(".notice")).to_contain_text("no longer kept")
    assert watched.kept() == [[], [], ""]


def test_site_that_is_not_named_gets_no_answer_and_keeps_the_words(
    visit: Callable[[Site], Watched], sites: tuple[Site, Site]
) -> None:
    watched = visit(sites[1])
    watched.open()
    watched.say(QUESTION)
    watched.part(".unsent").wait_for()
    assert watched.own_words() == [QUESTION]
    assert watched.kept() == [[], [], ""]
