from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.knowledge import Knowledge
from bot.knowledge.render import page, passage_html, plain, tree
from bot.knowledge.tree import TAGS

BASE = "https://help.example.org/help/en/guide/one#top"
PARTS = st.sampled_from(
    [
        "[x](javascript:alert(1))",
        "[x](JAVASCRIPT:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html,hi)",
        "[x](vbscript:y)",
        "[x](https://example.org)",
        "[x](//example.org/y)",
        "[x](http://[bad)",
        "[x](other.md#y)",
        "![alt](javascript:x)",
        "![alt](pic.png)",
        "<javascript:alert(1)>",
        "<a href='javascript:x'>",
        "<script>alert(1)</script>",
        "<img src=x onerror=y>",
        "# head",
        "- ",
        "> ",
        "1. ",
        "| a |\n|---|\n| b |",
        "```\n",
        "**bold**",
        "`code`",
        "\n",
        "\n\n",
        " ",
        "word",
        "https://example.org/x",
        "\\",
    ]
)
MARKDOWN = st.one_of(st.lists(PARTS, max_size=15).map("".join), st.text())


def nodes(tree_: list[Any]) -> Iterator[list[Any]]:
    for node in tree_:
        if isinstance(node, list):
            yield node
            yield from nodes(node[1:])


@given(MARKDOWN, st.sampled_from(["", BASE, "javascript:alert(1)"]))
@settings(max_examples=300, deadline=None)
@example("[x](javascript&colon;alert(1))", BASE)
def test_tree_has_listed_tags_and_followable_links_only(markdown: str, base: str) -> None:
    for node in nodes(tree(markdown, base)):
        attributes = node[1] if len(node) > 1 and isinstance(node[1], dict) else {}
        assert node[0] in TAGS
        assert set(attributes) <= {"href", "start"}
        if node[0] == "a":
            assert urlsplit(attributes["href"]).scheme in {"http", "https", "mailto"}


@given(MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_plain_text_never_fails(markdown: str) -> None:
    assert isinstance(plain(markdown, BASE), str)


def test_tree_of_what_articles_are_made_of() -> None:
    markdown = (
        "Go to **Settings**, then `save`.\nRead [more](two.md#y).\n\n"
        "3. one\n4. two\n\n| a |\n|---|\n| b |\n\n> said\n\n    code\n"
    )

    assert tree(markdown, BASE) == [
        [
            "p",
            "Go to ",
            ["strong", "Settings"],
            ", then ",
            ["code", "save"],
            ".\nRead ",
            ["a", {"href": "https://help.example.org/help/en/guide/two#y"}, "more"],
            ".",
        ],
        ["ol", {"start": 3}, ["li", "one"], ["li", "two"]],
        ["table", ["thead", ["tr", ["th", "a"]]], ["tbody", ["tr", ["td", "b"]]]],
        ["blockquote", ["p", "said"]],
        ["pre", ["code", "code\n"]],
    ]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("two.md", "https://help.example.org/help/en/guide/two"),
        ("../Other%20One.md#a", "https://help.example.org/help/en/other-one#a"),
        ("#here", "https://help.example.org/help/en/guide/one#here"),
        ("/privacy", "https://help.example.org/privacy"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_relative_links_become_addresses_of_the_help_centre(link: str, url: str) -> None:
    assert tree(f"[x]({link})", BASE) == [["p", ["a", {"href": url}, "x"]]]


def test_relative_link_without_a_base_becomes_its_words() -> None:
    assert tree("[x](two.md)") == [["p", "x"]]


def test_image_becomes_a_link_with_its_description() -> None:
    assert tree("![a *map*](https://example.org/m.png)", BASE) == [
        ["p", ["a", {"href": "https://example.org/m.png"}, "a map"]]
    ]


def test_html_is_shown_as_words_and_named_anchors_are_dropped() -> None:
    assert tree('a <a name="x"></a><b>b</b><br>c') == [["p", "a <b>b</b>", ["br"], "c"]]
    assert tree("<div>\nhi\n</div>") == [["p", "<div>\nhi\n</div>"]]


def test_plain_text_keeps_structure_and_addresses() -> None:
    markdown = (
        "See [the page](two.md) or https://example.org/x.\n\n- a\n- b\n  1. c\n\n"
        "| h | i |\n|---|---|\n| j | k |\n\n> said\n\n```\ncode\n```"
    )

    assert plain(markdown, BASE) == (
        "See the page (https://help.example.org/help/en/guide/two) or https://example.org/x.\n\n"
        "- a\n- b\n  1. c\n\nh | i\nj | k\n\n> said\n\ncode"
    )


def test_page_leaves_out_the_heading_that_is_its_title(knowledge: Knowledge) -> None:
    article = knowledge.library.find("en/website")
    assert article is not None

    shown = page(knowledge.library, article, "Link to this section")

    assert shown.title_id == "put-the-assistant-on-your-website"
    assert "Put the assistant" not in shown.html
    assert '<h2 id="allow-your-site">Allow your site' in shown.html
    assert 'aria-label="Link to this section: Allow your site"' in shown.html
    assert 'href="/help/en/permissions#withdraw-a-permission"' in shown.html


def test_page_and_passage_let_no_script_through(knowledge: Knowledge) -> None:
    article = knowledge.library.articles[0]
    html = passage_html(
        knowledge.library, article, "<script>alert(1)</script>\n\n[x](javascript:a) <img src=x>"
    )

    assert "<script" not in html
    assert "<img" not in html
    assert "href" not in html
