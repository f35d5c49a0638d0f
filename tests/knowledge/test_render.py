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


def test_image_becomes_its_description_with_a_link_to_the_article() -> None:
    image = "![a *map*](https://example.org/m.png)"
    assert tree(image, BASE) == [["p", ["a", {"href": BASE}, "a map"]]]
    assert tree(image) == [["p", "a map"]]
    assert tree(f"[see {image}](https://example.org)") == [
        ["p", ["a", {"href": "https://example.org"}, "see a map"]]
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
        "- a\n- b\n  1. c\n\nh: i\nj: k\n\n> said\n\ncode"
    )


def test_wide_table_becomes_a_line_a_row_in_plain_text() -> None:
    table = "| plan | price | users |\n|---|---|---|\n| Basic | 5 | |\n| Plus | **9** | 3 |"
    assert plain(table) == "plan: Basic; price: 5\nplan: Plus; price: 9; users: 3"
    assert plain("| a | b | c |\n|---|---|---|") == "a; b; c"


def test_list_that_goes_on_keeps_its_numbers() -> None:
    assert plain("4. four\n5. five") == "4. four\n5. five"
    assert plain("1. four\n1. five", first=4) == "4. four\n5. five"
    assert tree("1. four", first=4) == [["ol", {"start": 4}, ["li", "four"]]]


def test_links_of_a_third_partys_passage_say_so(knowledge: Knowledge) -> None:
    own, other = (knowledge.library.find(f"en/{name}") for name in ("website", "hosting"))
    assert own is not None
    assert other is not None
    link = "[x](https://example.org/y)"
    assert 'rel="noopener"' in passage_html(knowledge.library, own, link)
    assert 'rel="nofollow noopener sponsored"' in passage_html(knowledge.library, other, link)


def test_marks_are_in_the_html_of_a_passage(knowledge: Knowledge) -> None:
    quote = "One. **Two.**"
    html = passage_html(knowledge.library, knowledge.library.articles[0], quote, [(5, 13)])
    assert html == "<p>One. <mark><strong>Two.</strong></mark></p>\n"


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
