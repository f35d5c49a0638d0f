"""A website by its sitemap, on a real server of this machine: polite, and never off its site."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.knowledge.importing.fetch import Site, _Guard
from tests.knowledge.imports import errors, refused, run, tree

PAGE = "<html lang=en><body><nav>menu</nav><main><h1>{0}</h1><p>{1}</p></main></body></html>"


class Server:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.url = ""

    def page(self, path: str, title: str, text: str = "Words of this page.") -> None:
        self.put(path, PAGE.format(title, text))

    def put(self, path: str, body: str | bytes, kind: str = "text/html", status: int = 200) -> None:
        self.pages[path] = (status, kind, body if isinstance(body, bytes) else body.encode())

    def sitemap(self, *addresses: str, path: str = "/sitemap.xml", kind: str = "url") -> None:
        whole = [one if "://" in one else self.url + one for one in addresses]
        entries = "".join(
            f"<{kind}><loc>{one}</loc><lastmod>2026-02-03</lastmod></{kind}>" for one in whole
        )
        root = "urlset" if kind == "url" else "sitemapindex"
        space = "http://www.sitemaps.org/schemas/sitemap/0.9"
        self.put(
            path, f'<?xml version="1.0"?><{root} xmlns="{space}">{entries}</{root}>', "text/xml"
        )


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            server.agents.add(self.headers["User-Agent"])
            status, kind, body = server.pages.get(self.path, (404, "text/plain", b"none"))
            self.send_response(status)
            if status in {301, 302}:
                self.send_header("Location", body.decode())
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


@pytest.fixture
def site() -> Iterator[Server]:
    with serving(Server()) as server:
        yield server


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "articles"


NOW = ("--pause", "0", "--name", "site")


def test_pages_of_the_sitemap_become_articles(site: Server, into: Path) -> None:
    site.page(
        "/help/returns.html?x=1", "Returns", f'See <a href="{site.url}/help/hours">hours</a>.'
    )
    site.page("/help/hours", "Hours")
    site.sitemap("/help/returns.html?x=1", "/help/hours", "/help/hours#again", path="/map.xml")
    site.put("/index.xml.gz", b"")
    site.sitemap("/map.xml", path="/index.xml.gz", kind="sitemap")
    site.put("/index.xml.gz", gzip.compress(site.pages["/index.xml.gz"][2]), "application/gzip")
    found = run(f"{site.url}/index.xml.gz", into, *NOW)

    assert (found.code, found.counts) == (0, {"new": 2})
    text = (into / "en/site/help/returns-x-1.md").read_text()
    assert "reviewed: 2026-02-03" in text and f"item: {site.url}/help/returns.html?x=1" in text
    assert text.endswith("# Returns\n\nSee [hours](hours.md).\n")
    assert errors(into) == []
    assert len(site.asked) == len(set(site.asked)) == 5  # robots, two maps, two pages: once each
    assert all(agent.startswith("Askfirst/") for agent in site.agents)
    assert run(f"{site.url}/index.xml.gz", into, *NOW).counts == {"unchanged": 2}


def test_the_sitemap_is_found_from_the_front_page(site: Server, into: Path) -> None:
    site.page("/a", "A")
    site.sitemap("/a", path="/elsewhere.xml")
    site.put("/robots.txt", f"Sitemap: {site.url}/elsewhere.xml", "text/plain")

    assert run(site.url, into, "--pause", "0").counts == {"new": 1}
    assert (into / f"en/{site.url[7:].replace(':', '-')}/a.md").is_file()


def test_robots_are_respected(site: Server, into: Path) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /private*\nCrawl-delay: 0", "text/plain")
    site.page("/private/a", "Private")
    site.page("/b", "B")
    site.put("/c", f"{site.url}/private/a", status=302)
    site.sitemap("/private/a", "/b", "/c")
    found = run(f"{site.url}/sitemap.xml", into, *NOW)

    assert found.counts == {"new": 1, "left out": 2}
    assert all("robots.txt" in reason for reason in found.reasons("left out").values())
    assert "/private/a" not in site.asked
    site.put("/robots.txt", "broken", status=500)
    assert "robots.txt" in refused(f"{site.url}/sitemap.xml", into, *NOW)


def test_nothing_but_the_site_itself_is_asked(site: Server, into: Path) -> None:
    with serving(Server()) as other:
        other.page("/secret", "Secret")
        other.sitemap("/secret")
        site.page("/a", "A")
        site.put("/off", f"{other.url}/secret", status=301)
        site.put("/file", "file:///etc/passwd", status=301)
        site.put("/loop", "/loop", status=301)
        signed_in = site.url.replace("//", "//user@") + "/a"
        site.sitemap("/a", "/off", "/file", "/loop")
        own = site.pages["/sitemap.xml"][2]
        bad = (f"{other.url}/secret", "file:///etc/passwd", signed_in, "http://[::1/")
        entries = "".join(f"<url><loc>{one}</loc></url>" for one in bad).encode()
        site.put("/sitemap.xml", own.replace(b"</urlset>", entries + b"</urlset>"), "text/xml")
        found = run(f"{site.url}/sitemap.xml", into, *NOW)
        site.sitemap(f"{other.url}/sitemap.xml", path="/index.xml", kind="sitemap")

        assert found.counts == {"new": 1, "left out": 7}
        assert "redirects in circles" in found.reasons("left out")[f"{site.url}/loop"]
        assert "names no page" in refused(f"{site.url}/index.xml", into, *NOW)
        assert other.asked == []


def test_bad_pages_are_named_and_keep_what_was_there(site: Server, into: Path) -> None:
    for path in ("/a", "/b", "/c", "/d"):
        site.page(path, f"Page {path[1]}")
    site.sitemap("/a", "/b", "/c", "/d")
    run(f"{site.url}/sitemap.xml", into, *NOW)
    before = tree(into)
    site.put("/a", b"%PDF", "application/pdf")
    site.put("/b", "broken", status=503)
    site.put("/c", b"<html>" + b"x" * 5_000_001)
    del site.pages["/d"]
    found = run(f"{site.url}/sitemap.xml", into, *NOW)

    reasons = {item[-2:]: reason for item, reason in found.reasons("left out").items()}
    assert "application/pdf" in reasons["/a"] and "503" in reasons["/b"]
    assert "larger than 5 MB" in reasons["/c"] and "404" in reasons["/d"]
    assert found.counts == {"unpublished": 1, "left out": 4}  # only what is gone for certain
    after = tree(into)
    assert [name for name in before if before[name] != after[name]] == ["en/site/d.md"]


def test_a_sitemap_that_fails_unpublishes_nothing(site: Server, into: Path) -> None:
    site.page("/a", "A")
    site.page("/b", "B")
    site.sitemap("/a", path="/one.xml")
    site.sitemap("/b", path="/two.xml")
    site.sitemap("/one.xml", "/two.xml", path="/index.xml", kind="sitemap")
    run(f"{site.url}/index.xml", into, *NOW)
    before = tree(into)
    site.put("/two.xml", "<html>not now</html>", "text/html")
    found = run(f"{site.url}/index.xml", into, *NOW)

    assert found.counts == {"unchanged": 1, "left out": 1}
    assert "nothing was unpublished" in found.plan["remarks"][0]
    assert tree(into) == before


def test_pages_over_the_limit_are_named(site: Server, into: Path) -> None:
    for path in ("/a", "/b"):
        site.page(path, path)
    site.sitemap("/a", "/b")
    found = run(f"{site.url}/sitemap.xml", into, *NOW, "--most-pages", "1")

    assert found.counts == {"new": 1, "left out": 1}
    assert "/b" not in site.asked


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"\x1f\x8bbroken", b'<!DOCTYPE x [<!ENTITY a "x">]><urlset>&a;']
)
def test_sitemaps_that_are_none_are_refused(site: Server, into: Path, body: bytes) -> None:
    site.put("/sitemap.xml", body, "text/xml")

    assert "sitemap" in refused(f"{site.url}/sitemap.xml", into, *NOW)
    assert refused("http://127.0.0.1:1/sitemap.xml", into, *NOW).startswith("error: ")
    assert "https://" in refused("ftp://127.0.0.1/sitemap.xml", into, "--kind", "website")


def test_sites_are_told_apart() -> None:
    site = Site.of("https://Help.Example/x")
    assert site is not None

    assert site.has("http://help.example/y") and site.has("https://help.example:443/")
    others = (
        "https://help.example:8443/ https://a.help.example/ ftp://help.example/ //help.example/"
    )
    odd = "https://help.example@evil.example/ https://me@help.example/ https://help.example:x/"
    assert [one for one in f"{others} {odd}".split() if site.has(one)] == []


async def test_a_public_name_never_leads_into_the_private_network() -> None:
    guard = _Guard()
    assert await guard.resolve("localhost", 80)  # the name that was given may be private
    moved = _Guard()
    moved._private = False  # the first look-up was public; then the name moved

    with pytest.raises(OSError, match="private network"):
        await moved.resolve("localhost", 80)
