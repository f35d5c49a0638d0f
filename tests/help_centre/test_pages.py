from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.help_centre.folders import SHELF_LONGEST, is_index
from bot.help_centre.language import wanted_language
from bot.knowledge import Knowledge
from bot.knowledge.answers import source_of
from bot.knowledge.search import Hit
from bot.settings import PROJECT_DIR
from bot.web_keys import KNOWLEDGE
from tests.help_centre.conftest import Client, fetch
from tests.knowledge.samples import write_articles

LINK = re.compile(r'(?:href|action)="([^"]+)"')


@pytest.mark.asyncio
async def test_home_lists_titles_by_folder_in_the_browsers_language(client: Client) -> None:
    english = await fetch(client, "/")
    dutch = await fetch(client, "/", languages="de;q=0.9, nl-BE;q=0.8, en;q=0.1")

    assert '<html lang="en" dir="ltr">' in english
    assert "Put the assistant on your website" in english
    assert '<h2><a href="/help/en/contact/">Contact</a></h2>' in english
    assert "Third party: Example Hosting" in english
    assert '<html lang="nl" dir="ltr">' in dutch
    assert "Zet de assistent op uw website" in dutch
    assert "Put the assistant" not in dutch


@pytest.mark.asyncio
async def test_every_source_link_lands_on_its_heading(client: Client, app: web.Application) -> None:
    knowledge = app[KNOWLEDGE].current
    hits = [
        Hit(passage, index.article_of(number), 1.0, number)
        for index in knowledge.by_language.values()
        for number, passage in enumerate(index.passages)
        if not is_index(index.article_of(number))
    ]

    assert len(hits) >= 8
    for hit in hits:
        url = urlsplit(source_of(hit, "https://help.example.org").url)
        html = await fetch(client, url.path)
        assert len(re.findall(rf'<h[1-6] id="{re.escape(url.fragment)}"', html)) == 1


@pytest.mark.asyncio
async def test_article_shows_title_date_language_and_translation(client: Client) -> None:
    html = await fetch(client, "/help/en/website")

    assert html.count("<h1") == 1
    assert 'Reviewed <time datetime="2026-11-01">1 November 2026</time>' in html
    assert '<a href="/help/nl/website" lang="nl" hreflang="nl">Nederlands</a>' in html
    dutch = await fetch(client, "/help/nl/website")
    assert '<html lang="nl" dir="ltr">' in dutch
    assert "1 november 2026" in dutch
    assert "no review date" in await fetch(client, "/help/en/contact/hours")


@pytest.mark.asyncio
async def test_third_party_article_says_so(client: Client) -> None:
    html = await fetch(client, "/help/en/hosting")

    assert "Third party: Example Hosting" in html
    assert "not about Café &lt;Zon&gt;" in html


@pytest.mark.asyncio
async def test_search_shows_passages_with_links_to_their_place(client: Client) -> None:
    html = await fetch(client, "/help/search?q=withdraw+permission&language=en")

    assert 'href="/help/en/permissions#withdraw-a-permission"' in html
    assert "Every <mark>permission</mark> ends at once." in html
    assert 'value="withdraw permission"' in html


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "query",
    ["", "q=", "q=zzzz", "q=%3Czzyy%3Ezzzz(77)%3C/zzyy%3E", "q=zzyy&language=tlh", "q=%00"],
)
async def test_search_without_result_is_a_calm_page(client: Client, query: str) -> None:
    html = await fetch(client, f"/help/search?{query}")

    assert "<zzyy>" not in html
    assert '<ol class="results">' not in html
    assert 'role="search"' in html


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "path", ["/help/en/none", "/help/tlh/", "/help/tlh", "/help/tlh/website", "/help/en/%00/x"]
)
async def test_missing_page_is_404_with_ways_on(client: Client, path: str) -> None:
    html = await fetch(client, path, status=404)

    assert "This page is not here" in html
    assert 'role="search"' in html


@pytest.mark.asyncio
async def test_pages_are_kept_until_they_change_and_searches_are_not(
    client: Client, app: web.Application, articles: Path
) -> None:
    first = await client.get("/help/en/website")
    etag = first.headers["ETag"]
    again = await client.get("/help/en/website", headers={"If-None-Match": etag})
    search = await client.get("/help/search?q=site")

    assert first.headers["Cache-Control"] == "no-cache"
    assert again.status == 304
    assert await again.text() == ""
    assert search.headers["Cache-Control"] == "no-store"
    assert "ETag" not in search.headers

    write_articles(articles, {"en/website.md": "# Another title\n\nAnd another text."})
    app[KNOWLEDGE].current = Knowledge.load(articles, languages=("en", "nl"))
    changed = await client.get("/help/en/website", headers={"If-None-Match": etag})
    assert changed.status == 200
    assert "Another title" in await changed.text()


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["/", "/help/nl/", "/help/en/website", "/help/search?q=site"])
async def test_pages_set_nothing_and_need_no_inline_script_or_third_party(
    client: Client, path: str
) -> None:
    response = await client.get(path)
    html = await response.text()

    assert "Set-Cookie" not in response.headers
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    scripts = re.findall(r"<script[^>]*>", html)
    assert [one for one in scripts if "ld+json" not in one] == ['<script src="/widget.js" defer>']
    assert set(scripts[1:]) <= {'<script type="application/ld+json">'}
    assert " style=" not in html
    assert "<style" not in html
    assert all(re.match(r"/|#|https://", link) for link in LINK.findall(html))
    assert not [
        link for link in re.findall(r'<[^>]* src="([^"]+)"', html) if not link.startswith("/")
    ]


@pytest.mark.asyncio
async def test_links_within_the_help_centre_work(client: Client) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        html = await fetch(client, path)
        found = {link.partition("#")[0] for link in LINK.findall(html)}
        waiting.extend(
            link for link in found if link.startswith("/help/") and link not in {*seen, *waiting}
        )

    assert {"/help/en/website", "/help/nl/website", "/help/search"} <= seen


@pytest.mark.asyncio
async def test_old_addresses_lead_on(client: Client) -> None:
    for path, to in (("/help", "/"), ("/help/", "/"), ("/help/nl", "/help/nl/")):
        response = await client.get(path, allow_redirects=False)
        assert (response.status // 100, response.headers["Location"]) == (3, to)


@pytest.mark.asyncio
async def test_long_shelf_leads_to_its_folder_and_empty_language_says_so(
    client: Client, app: web.Application, tmp_path: Path
) -> None:
    count = SHELF_LONGEST + 1
    many = {f"en/guide/{number}.md": f"# Page {number}\n\nx" for number in range(count)}
    folder = write_articles(tmp_path / "many", {**many, "en/one.md": "# One\n\nx"})
    app[KNOWLEDGE].current = Knowledge.load(folder, languages=("en", "nl"))

    english = await fetch(client, "/help/en/")
    assert f'<a href="/help/en/guide/">All {count} articles in Guide</a>' in english
    assert (await fetch(client, "/help/en/guide/")).count("/help/en/guide/") >= count
    assert "nog geen artikelen" in await fetch(client, "/help/nl/")


@pytest.mark.asyncio
async def test_search_without_hit_in_its_language_shows_the_others(client: Client) -> None:
    html = await fetch(client, "/help/search?q=opening+hours&language=nl")

    assert '<html lang="nl" dir="ltr">' in html
    assert '<li lang="en" dir="ltr">' in html
    assert 'href="/help/en/contact/hours#opening-hours-of-the-desk"' in html


def test_texts_of_both_languages_have_the_same_words_and_placeholders() -> None:
    english, dutch = (
        yaml.safe_load((PROJECT_DIR / "texts" / "help_centre" / f"{code}.yml").read_text())
        for code in ("en", "nl")
    )

    assert set(english) - set(dutch) == {"help.language_en", "help.language_nl"}
    face = PROJECT_DIR / "bot" / "help_centre"
    code = "".join(path.read_text() for path in [*face.glob("*.py"), *face.glob("templates/*")])
    for key in dutch:
        assert f'"{key}"' in code, f"{key} is said nowhere"
    for key, words in dutch.items():
        assert set(re.findall(r"{\w+}", words)) == set(re.findall(r"{\w+}", english[key])), key
    assert len(dutch["help.months"].split()) == len(english["help.months"].split()) == 12


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("nl", "nl"),
        ("fr, nl;q=0.2, en;q=0.1", "nl"),
        ("nl;q=0", "en"),
        ("nl;q=x", "en"),
        ("", "en"),
    ],
)
async def test_language_is_the_best_spoken_one(
    app: web.Application, header: str, language: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=wanted_language(request))

    app.router.add_get("/language", answer)
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/language", headers={"Accept-Language": header})
        assert await response.text() == language
