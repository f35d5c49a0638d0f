from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiohttp import web

from bot.help_centre.folders import folders_of, shelves
from bot.knowledge.loader import load_articles
from tests.help_centre.conftest import Client, fetch
from tests.knowledge.samples import write_articles

CRUMB = re.compile(r'<li><a href="([^"]+)">([^<]+)</a></li>')


def way(html: str) -> list[tuple[str, str]]:
    return CRUMB.findall(html.split('<nav class="crumbs"')[1].split("</nav>")[0])


async def test_folder_has_a_page_with_its_way_its_name_and_its_order(client: Client) -> None:
    html = await fetch(client, "/help/en/billing/")

    assert "<h1>Bills and money</h1>" in html
    assert '<p class="lead">All about <strong>bills</strong>: what they say.' in html
    assert '<meta name="description" content="All about bills: what they say.">' in html
    assert way(html) == [("/help/en/", "All articles")]
    order = re.findall(r'<li><a href="(/help/en/billing/[^"]+)">(?!<)', html)
    assert order == [
        "/help/en/billing/refund",
        "/help/en/billing/faq",
        "/help/en/billing/late/reminders",
        "/help/en/billing/abroad/taxes",
    ]
    assert '<a href="/help/en/billing/abroad/">Abroad</a>' in html


async def test_article_says_the_way_to_it(client: Client) -> None:
    html = await fetch(client, "/help/en/billing/abroad/taxes")

    assert way(html) == [
        ("/help/en/", "All articles"),
        ("/help/en/billing/", "Bills and money"),
        ("/help/en/billing/abroad/", "Abroad"),
    ]


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/help/en/billing", "/help/en/billing/"),
        ("/help/en/billing/_index", "/help/en/billing/"),
        ("/help/en/website/", "/help/en/website"),
        ("/help/en/billing/faq//", "/help/en/billing/faq"),
    ],
)
async def test_other_ways_to_write_an_address_lead_to_it(
    client: Client, path: str, to: str
) -> None:
    response = await client.get(path, allow_redirects=False)

    assert (response.status, response.headers["Location"]) == (301, to)


@pytest.mark.parametrize(
    "path",
    ["/help/nl/contact/", "/help/en/contact/none/", "/help/en/..%2f..%2fetc/", "/help/en/%0d%0aX/",
     "/help/en/" + "x/" * 500, "/help/en/%F0%9F%92%A9/", "/help/en/<script>.md"],
)  # fmt: skip
async def test_folder_that_is_not_there_is_404(client: Client, path: str) -> None:
    html = await fetch(client, path, status=404)

    assert 'role="search"' in html
    assert '<meta name="robots" content="noindex">' in html
    assert "<script>" not in html


def test_folders_without_an_index_are_named_after_themselves_and_sorted(tmp_path: Path) -> None:
    files = ["en/Über uns/team.md", "en/apples/b.md", "en/apples/A.md", "en/Zoo/empty/_index.md"]
    folder = write_articles(tmp_path, {name: f"# {Path(name).stem}\n\nx" for name in files})
    top = folders_of(load_articles(folder, languages=("en",)), "en")[""]

    assert [shelf.name for shelf in shelves(top)] == ["Apples", "Über uns"]
    assert [one.title for one in top.folders[0].articles] == ["A", "b"]
    assert top.count == 3


async def test_top_index_names_the_help_centre(articles: Path, app: web.Application) -> None:
    write_articles(articles, {"en/_index.md": "# Ask us\n\nWe know *much*.\n\n- [x](hosting.md)\n"})
    top = folders_of(load_articles(articles, languages=("en", "nl")), "en")[""]

    assert (top.name, top.note) == ("Ask us", "We know <em>much</em>.")
    assert top.articles[0].slug == "hosting"
