"""Exports of Zendesk Guide and Intercom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.knowledge import HelpArticle, load_articles
from tests.knowledge.imports import errors, refused, run, write

HC = "https://shop.zendesk.com/hc"


def zendesk(id: int, **values: Any) -> dict[str, Any]:
    locale = values.get("locale", "en-us")
    return {
        "id": id,
        "title": f"Title {id}",
        "body": f"<p>Text of {id}.</p>",
        "locale": locale,
        "source_locale": "en-us",
        "section_id": 5,
        "draft": False,
        "user_segment_id": None,
        "label_names": [],
        "updated_at": "2026-05-01T10:00:00Z",
        "edited_at": "2026-04-02T10:00:00Z",
        "html_url": f"{HC}/{locale}/articles/{id}-Title-{id}",
        **values,
    }


def articles_in(folder: Path) -> dict[str, HelpArticle]:
    assert errors(folder) == []
    library = load_articles(folder, languages=("en", "nl"))
    return {one.id: one for one in library.everything}


def test_zendesk_with_sections_languages_drafts_and_links(tmp_path: Path) -> None:
    link = f'<a href="{HC}/en-us/articles/2#x">two</a><img src="{HC}/a.png">'
    document = {
        "sections": [{"id": 5, "name": "Orders & returns"}],
        "articles": [
            zendesk(1, body=f"<h2>Steps</h2><p>See {link}.</p>", label_names=["box", "label"]),
            zendesk(2),
            zendesk(1, locale="nl", title="Titel 1", body="<p>Woorden.</p>"),
            zendesk(3, draft=True),
            zendesk(4, user_segment_id=99),
            zendesk(5, body=None),
            zendesk(6, title=""),
            zendesk(7, locale="fr"),
            "nonsense",
        ],
    }
    source = write(tmp_path / "export", {"articles.json": json.dumps(document)})
    into = tmp_path / "articles"
    found = run(source, into)

    assert (found.code, found.counts) == (1, {"new": 5, "left out": 4})
    articles = articles_in(into)
    one = articles["en/zendesk/orders-returns/1-title-1"]
    assert one.body == "# Title 1\n\n## Steps\n\nSee [two](2-title-2.md).\n"
    assert (str(one.reviewed), one.keywords) == ("2026-04-02", ("box", "label"))
    assert one.source and one.source.url == f"{HC}/en-us/articles/1-Title-1"
    assert articles["nl/zendesk/orders-returns/1-title-1"].title == "Titel 1"
    assert {id.rpartition("/")[2] for id, one in articles.items() if one.draft} == {
        "3-title-3",
        "4-title-4",
    }
    assert any("only some visitors" in reason for reason in found.reasons("new").values())
    assert "article number 9" in found.reasons("left out")
    assert "images without a description" in found.plan["remarks"][0]
    assert run(source, into).counts == {"unchanged": 5, "left out": 4}


def test_zendesk_in_pages_and_with_a_new_title(tmp_path: Path) -> None:
    pages = [{"articles": [zendesk(1)], "next_page": "x"}, {"articles": [zendesk(2)]}]
    source = write(tmp_path, {"z.json": json.dumps(pages)}) / "z.json"
    into = tmp_path / "articles"
    assert run(source, into).counts == {"new": 2}

    write(tmp_path, {"z.json": json.dumps({"articles": [zendesk(1, title="Other")]})})
    assert run(source, into).counts == {"changed": 1, "unpublished": 1}
    assert articles_in(into)["en/zendesk/1-title-1"].title == "Other"  # the address stays


def intercom(id: str, **values: Any) -> dict[str, Any]:
    return {
        "type": "article",
        "id": id,
        "title": f"Title {id}",
        "body": f'<p class="intercom-align-left">Text of {id}.</p>',
        "state": "published",
        "url": f"https://intercom.help/shop/en/articles/{id}-title",
        "parent_id": 7,
        "parent_type": "collection",
        "default_locale": "en",
        "created_at": 1_700_000_000,
        "updated_at": 1_750_000_000,
        "translated_content": None,
        **values,
    }


def test_intercom_with_translations_and_drafts(tmp_path: Path) -> None:
    dutch = {"type": "article_content", "title": "Titel", "body": "<p>Tekst.</p>"}
    translated = {
        "type": "article_translated_content",
        "nl": {**dutch, "state": "draft", "updated_at": 1_760_000_000},
        "en": {"title": "Title 1", "body": "<p>Text of 1.</p>", "state": "published"},
        "de": None,
    }
    data = [
        intercom("1", translated_content=translated),
        intercom("2", state="draft", url=None),
        intercom("3", body=""),
    ]
    files: dict[str, str | bytes] = {
        "i.json": json.dumps({"type": "list", "data": data}),
        "collections.json": json.dumps({"data": [{"id": "7", "name": "Billing"}]}),
    }
    source, into = write(tmp_path / "in", files) / "i.json", tmp_path / "articles"
    found = run(source, into)

    assert (found.code, found.counts) == (1, {"new": 3, "left out": 1})
    assert "no text" in found.reasons("left out")["article 3/en Title 3"]
    articles = articles_in(into)
    assert {id: one.draft for id, one in articles.items()} == {
        "en/intercom/billing/1-title-1": False,
        "nl/intercom/billing/1-title-1": True,
        "en/intercom/billing/2-title-2": True,
    }
    assert str(articles["en/intercom/billing/1-title-1"].reviewed) == "2025-06-15"
    assert run(source, into).counts == {"unchanged": 3, "left out": 1}


def test_hostile_exports_stay_in_the_folder(tmp_path: Path) -> None:
    odd = [
        intercom("../../x", title="../../../etc/passwd", parent_id={"a": 1}, updated_at=10**30),
        intercom(
            "2\ud800", title="a\u0000b\n---\nx", default_locale="../nl", translated_content=[]
        ),
        intercom("3", title="T\ndraft: true", body="<p>\u0000x\ud800</p><script>x</script>"),
    ]
    source = write(tmp_path, {"i.json": json.dumps({"data": odd})}) / "i.json"
    into = tmp_path / "articles"
    found = run(source, into)

    assert found.counts == {"new": 2, "left out": 1}
    assert all(id.startswith("en/intercom/") for id in articles_in(into))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["articles", "i.json"]
    assert run(source, into).counts == {"unchanged": 2, "left out": 1}


def test_exports_that_are_none_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": "{broken", "b.json": '{"articles": 7}', "c.json": "[" * 100_000})

    for name in ("a.json", "b.json", "c.json"):
        assert refused(tmp_path / name, tmp_path / "articles").startswith("error: ")
    assert "`articles`" in refused(tmp_path / "b.json", tmp_path / "articles", "--kind", "zendesk")
