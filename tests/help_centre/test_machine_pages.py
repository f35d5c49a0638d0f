from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from aiohttp import web

from bot.help_centre.addresses import Place
from bot.help_centre.feeds import Listed, sitemap_index, sitemaps
from bot.help_centre.language import direction
from bot.knowledge import Knowledge, load_articles
from bot.knowledge.articles import Publishing
from bot.web_keys import KNOWLEDGE
from tests.help_centre.conftest import Client, fetch
from tests.knowledge.samples import write_articles

BASE = "https://help.example.org"
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "x": "http://www.w3.org/1999/xhtml",
    "a": "http://www.w3.org/2005/Atom",
}
LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
ALTERNATE = re.compile(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">')


def parsed(body: bytes) -> ET.Element:
    return ET.fromstring(body)  # noqa: S314  # our own


async def xml(client: Client, path: str) -> ET.Element:
    response = await client.get(path)
    assert response.status == 200
    assert response.content_type.endswith("xml")
    return parsed(await response.read())


async def linked_data(client: Client, path: str) -> dict[str, dict[str, Any]]:
    found = [json.loads(block) for block in LD.findall(await fetch(client, path))]
    assert {one["@context"] for one in found} == {"https://schema.org"}
    return {one["@type"]: one for one in found}


# -- addresses in every language -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "versions"),
    [
        ("/", {"en": "/help/en/", "nl": "/help/nl/", "x-default": "/"}),
        ("/help/nl/", {"en": "/help/en/", "nl": "/help/nl/", "x-default": "/"}),
        ("/help/nl/website", {"en": "/help/en/website", "nl": "/help/nl/website",
                              "x-default": "/help/en/website"}),
        ("/help/en/hosting", {"en": "/help/en/hosting", "x-default": "/help/en/hosting"}),
        ("/help/nl/billing/", {"en": "/help/en/billing/", "nl": "/help/nl/billing/",
                               "x-default": "/help/en/billing/"}),
    ],
)  # fmt: skip
async def test_page_names_its_address_and_its_other_languages(
    client: Client, path: str, versions: dict[str, str]
) -> None:
    html = await fetch(client, path + "?helpful=yes")

    assert f'<link rel="canonical" href="{BASE}{path}">' in html
    assert f'<meta property="og:url" content="{BASE}{path}">' in html
    assert dict(ALTERNATE.findall(html)) == {code: BASE + to for code, to in versions.items()}


async def test_sitemap_has_every_page_once_with_its_day(client: Client) -> None:
    root = await xml(client, "/sitemap.xml")
    urls = {url.findtext("s:loc", "", NAMES): url for url in root.findall("s:url", NAMES)}

    assert len(urls) == len(root)
    assert not [url for url in urls if "_index" in url]
    for url in urls:
        html = await fetch(client, url.removeprefix(BASE))
        assert f'<link rel="canonical" href="{url}">' in html
        links = urls[url].findall("x:link", NAMES)
        assert [(x.get("hreflang"), x.get("href")) for x in links] == ALTERNATE.findall(html)
    assert urls[f"{BASE}/help/en/website"].findtext("s:lastmod", "", NAMES) == "2026-11-01"
    assert urls[f"{BASE}/help/en/billing/"].findtext("s:lastmod", "", NAMES) == "2026-05-06"
    assert urls[f"{BASE}/help/en/billing/refund"].find("s:lastmod", NAMES) is None


def test_sitemap_that_is_too_long_is_several() -> None:
    pages = [Listed(Place(f"/{n}", {}, f"/{n}"), date(2026, 1, 1)) for n in range(5)]
    parts = [parsed(one) for one in sitemaps(pages, BASE, most=2)]
    index = parsed(sitemap_index(len(parts), BASE))

    assert [len(one) for one in parts] == [2, 2, 1]
    assert [one.text for one in index.iterfind("s:sitemap/s:loc", NAMES)] == [
        f"{BASE}/sitemap-{number}.xml" for number in (1, 2, 3)
    ]


async def test_robots_names_the_sitemap_and_keeps_out_of_what_is_personal(client: Client) -> None:
    lines = (await fetch(client, "/robots.txt")).splitlines()

    assert lines[0] == "User-agent: *"
    assert f"Sitemap: {BASE}/sitemap.xml" in lines
    assert {"Disallow: /desk", "Disallow: /help/search", "Disallow: /privacy/data/"} <= set(lines)
    assert (await client.get("/sitemap-1.xml")).status == 200
    assert (await client.get("/sitemap-2.xml")).status == 404


# -- feeds -----------------------------------------------------------------------------------------


async def test_feed_lists_dated_articles_newest_first(client: Client) -> None:
    root = await xml(client, "/help/en/feed.xml")
    entries = root.findall("a:entry", NAMES)

    assert root.findtext("a:title", "", NAMES) == "Help from Café <Zon>: changes"
    assert root.findtext("a:author/a:name", "", NAMES) == "Café <Zon>"
    assert root.findtext("a:updated", "", NAMES) == "2026-11-01T00:00:00Z"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    slugs = ["website", "permissions", "billing/abroad/taxes", "billing/faq"]
    assert [one.findtext("a:id", "", NAMES) for one in entries] == [
        f"{BASE}/help/en/{slug}" for slug in slugs
    ]
    last = entries[-1]
    assert last.findtext("a:title", "", NAMES) == 'Questions about <b>invoices</b> & "payment"'
    assert last.findtext("a:updated", "", NAMES) == "2026-03-04T00:00:00Z"
    assert last.findtext("a:summary", "", NAMES) == "Everything about paying."
    links = {one.get("rel"): one.get("href") for one in root.findall("a:link", NAMES)}
    assert links == {"self": f"{BASE}/help/en/feed.xml", "alternate": f"{BASE}/help/en/"}


async def test_feed_without_dated_articles_is_empty_and_complete(
    client: Client, app: web.Application, tmp_path: Path
) -> None:
    folder = write_articles(tmp_path / "one", {"en/a.md": "# A\x0c\x08\n\nx\x01y"})
    app[KNOWLEDGE].current = Knowledge.load(folder, languages=("en", "nl"))
    root = await xml(client, "/help/en/feed.xml")

    assert root.findtext("a:updated", "", NAMES) == "1970-01-01T00:00:00Z"
    assert root.findall("a:entry", NAMES) == []
    assert (await client.get("/help/tlh/feed.xml")).status == 404


async def test_feed_may_be_kept_until_it_changes(client: Client) -> None:
    for path in ("/sitemap.xml", "/help/nl/feed.xml", "/llms.txt", "/robots.txt"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": f"W/{first.headers['ETag']}"})
        assert (again.status, await again.read()) == (304, b""), path


# -- schema.org ------------------------------------------------------------------------------------


async def test_article_says_what_it_is_to_search_engines(client: Client) -> None:
    found = await linked_data(client, "/help/en/website")
    article = found["Article"]

    assert article["headline"] == "Put the assistant on your website"
    assert article["dateModified"] == "2026-11-01"
    assert article["inLanguage"] == "en"
    assert article["mainEntityOfPage"]["@id"] == f"{BASE}/help/en/website"
    assert article["publisher"]["name"] == "Café <Zon>"
    assert "FAQPage" not in found
    assert "dateModified" not in (await linked_data(client, "/help/en/contact/hours"))["Article"]


async def test_questions_with_answers_are_a_faq_and_markup_stays_words(client: Client) -> None:
    html = await fetch(client, "/help/en/billing/faq")
    found = await linked_data(client, "/help/en/billing/faq")
    steps = found["BreadcrumbList"]["itemListElement"]
    first, second = found["FAQPage"]["mainEntity"]

    assert found["Article"]["headline"] == 'Questions about <b>invoices</b> & "payment"'
    assert [one["name"] for one in steps][1] == "Bills and money"
    assert steps[1]["item"] == f"{BASE}/help/en/billing/"
    assert [one["position"] for one in steps] == [1, 2, 3]
    assert first["name"] == "When do I get my invoice?"
    assert "first working day" in first["acceptedAnswer"]["text"]
    assert f"({BASE}/help/en/website#allow-your-site)" in first["acceptedAnswer"]["text"]
    assert "A week earlier." in first["acceptedAnswer"]["text"]
    assert second["name"].startswith("Why is there </script><script>alert(1)")
    assert "hidden" not in second["acceptedAnswer"]["text"]
    assert "<script>alert" not in html
    assert html.count("</script>") == 4


# -- for language models ---------------------------------------------------------------------------


async def test_llms_txt_lists_every_article_as_markdown(client: Client) -> None:
    text = await fetch(client, "/llms.txt")
    lines = text.splitlines()
    links = re.findall(r"^- \[(.+)\]\((https://[^)\s]+)\): .+$", text, re.MULTILINE)

    assert lines[0] == r"# Help from Café \<Zon\>"
    assert lines[2].startswith("> ")
    assert "## English: Bills and money" in lines
    assert "## Nederlands" in lines
    assert len(links) == 10 - 1 + 1
    for _, url in links:
        response = await client.get(url.removeprefix(BASE))
        assert (response.status, response.content_type) == (200, "text/markdown")
        assert f'<{url.removesuffix(".md")}>; rel="canonical"' == response.headers["Link"]


async def test_markdown_page_is_the_article_as_written(client: Client, articles: Path) -> None:
    text = await fetch(client, "/help/en/website.md")
    front, _, body = text.removeprefix("---\n").partition("---\n")

    assert yaml.safe_load(front) == {
        "title": "Put the assistant on your website",
        "language": "en",
        "reviewed": date(2026, 11, 1),
        "url": f"{BASE}/help/en/website",
    }
    assert (articles / "en/website.md").read_text().endswith(body.strip() + "\n")
    assert "# Questions about \\<b\\>" in await fetch(client, "/help/en/billing/faq.md")
    assert 'href="/help/en/website.md"' in await fetch(client, "/help/en/website")
    await fetch(client, "/help/en/billing/_index.md", status=404)


# -- what every page says of itself ----------------------------------------------------------------


async def test_description_and_title_are_for_sharing_too(client: Client) -> None:
    html = await fetch(client, "/help/en/billing/refund")

    assert '<meta name="description" content="We pay back within fourteen days!">' in html
    assert '<meta property="og:title" content="Refunds &amp; returns">' in html
    assert '<meta property="og:type" content="article">' in html
    assert "og:image" not in html
    assert 'content="Reminders"' in await fetch(client, "/help/en/billing/late/reminders")
    assert '<meta property="og:type" content="website">' in await fetch(client, "/")


async def test_overdue_article_that_is_withheld_has_a_page_and_is_listed_nowhere(
    client: Client, app: web.Application, articles: Path
) -> None:
    write_articles(articles, {"en/old.md": "---\nreview_by: 2026-01-01\n---\n# Old\n\nOnce.\n"})
    rules = Publishing(withhold_overdue_on=date(2026, 2, 1))
    library = load_articles(articles, languages=("en", "nl"), rules=rules)
    app[KNOWLEDGE].current = Knowledge(library)
    html = await fetch(client, "/help/en/old")

    assert '<meta name="robots" content="noindex">' in html
    assert "ld+json" not in html
    await fetch(client, "/help/en/old.md", status=404)
    for path in ("/sitemap.xml", "/llms.txt", "/help/en/feed.xml", "/help/en/"):
        assert "/help/en/old" not in await fetch(client, path), path


async def test_language_without_articles_is_no_version_of_a_page(
    client: Client, app: web.Application, tmp_path: Path
) -> None:
    folder = write_articles(tmp_path / "one", {"nl/a.md": "# A\n\nTekst."})
    app[KNOWLEDGE].current = Knowledge.load(folder, languages=("en", "nl"))

    versions = dict(ALTERNATE.findall(await fetch(client, "/")))
    assert versions == {"nl": f"{BASE}/help/nl/", "x-default": f"{BASE}/"}
    assert "/help/en/" not in await fetch(client, "/sitemap.xml")
    assert "There are no articles in this language yet." in await fetch(client, "/help/en/")


def test_direction_of_writing_goes_by_the_language() -> None:
    assert [direction(code) for code in ("en", "ar", "he", "pt-br", "x-unknown", "")] == [
        "ltr", "rtl", "rtl", "ltr", "ltr", "ltr"
    ]  # fmt: skip
