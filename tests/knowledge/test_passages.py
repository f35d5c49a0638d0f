from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.knowledge.articles import HelpArticle, Library
from bot.knowledge.outline import WORDS_MOST, outline_of
from bot.knowledge.passages import passages_of
from bot.knowledge.render import page

LINES = st.sampled_from(
    [
        "# One",
        "## One",
        "### Two *deep*",
        "One\n===",
        "#",
        "- item",
        "  - inner",
        "3. third",
        "> quoted",
        "    code",
        "```",
        "| a | b |",
        "|---|---|",
        "---",
        '<a name="x"></a>',
        "<div>",
        "<!-- note -->",
        "[x]: https://example.org",
        "A sentence with words. Another one follows! And a third?",
        "word " * 130,
        "",
        "",
        "\r",
        "\x0c",
    ]
)
BODIES = st.one_of(
    st.lists(LINES, max_size=25).map("\n".join),
    st.lists(LINES, max_size=12).map("\r\n".join),
    st.text(),
)


def article(body: str) -> HelpArticle:
    return HelpArticle(
        id="a", slug="a", title="A", language="en", body=body, outline=outline_of(body)
    )


@given(BODIES)
@settings(max_examples=250, deadline=None)
@example("")
@example("text\r\rmore\r\n# H\r\n")
@example("# Only\n## Headings\n")
def test_passages_rejoin_to_the_body(body: str) -> None:
    passages = passages_of(article(body))

    assert "".join(passage.text for passage in passages) == body
    for passage in passages:
        assert body[passage.start : passage.end] == passage.text
        assert passage.quote in passage.text
        assert passage.quote.strip("\n") == passage.quote


@given(BODIES)
@settings(max_examples=150, deadline=None)
@example("# a\n# a\n# a-1\n# !\n# ?\n# Top\n")
@example("before\n\n# Top\n")
def test_anchors_are_unique_and_the_page_has_each_once(body: str) -> None:
    one = article(body)
    anchors = [heading.anchor for heading in one.outline.headings]
    shown = page(Library((one,)), one)

    assert len(set(anchors)) == len(anchors)
    for passage in passages_of(one):
        ids = shown.html.count(f' id="{escaped(passage.anchor)}"')
        assert ids + (shown.title_id == passage.anchor) == 1


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;")


def test_passage_knows_its_headings() -> None:
    passages = passages_of(
        article("# Top\n\nIntro.\n\n## Left\n\nL.\n\n### Deep\n\nD.\n\n## Right\n\nR.")
    )

    assert [(one.heading_path, one.anchor, one.quote) for one in passages] == [
        (("Top",), "top", "Intro."),
        (("Top", "Left"), "left", "L."),
        (("Top", "Left", "Deep"), "deep", "D."),
        (("Top", "Right"), "right", "R."),
    ]


def test_heading_without_text_goes_with_what_follows() -> None:
    passages = passages_of(article("# Top\n\n## Left\n\nText.\n\n## Last\n"))

    (only,) = passages
    assert only.quote == "Text."
    assert only.heading_path == ("Top", "Left")


def test_long_section_is_cut_between_paragraphs_only() -> None:
    paragraph = "word " * 69 + "end."
    passages = passages_of(article("# T\n\n" + "\n\n".join([paragraph] * 4)))

    assert [one.quote for one in passages] == [paragraph] * 4


def test_announcement_stays_with_its_list() -> None:
    before = "word " * 99 + "end."
    steps = "\n".join(f"{number}. do this and that thing now" for number in range(1, 9))
    passages = passages_of(article(f"# T\n\n{before}\n\nDo this:\n\n{steps}"))

    assert [one.quote for one in passages] == [before, f"Do this:\n\n{steps}"]


def test_very_long_list_is_cut_between_items_and_paragraph_between_sentences() -> None:
    item = "- " + "word " * 100
    sentence = "Word " * 60 + "ends. "
    lists = passages_of(article("\n".join([item] * 4)))
    sentences = passages_of(article(sentence * 6))

    assert [one.quote for one in lists] == [item.strip()] * 4
    assert len(sentences) == 3
    assert all(one.quote.endswith("ends.") for one in sentences)


def test_table_and_code_are_never_cut() -> None:
    table = "| a | b |\n|---|---|\n" + "| word word | word |\n" * 120
    code = "```\n" + "word word word\n" * 120 + "```"

    for block in (table, code):
        (only,) = passages_of(article(block))
        assert only.quote == block.strip()
        assert len(only.quote.split()) > WORDS_MOST


def test_quoted_list_keeps_its_indentation() -> None:
    (only,) = passages_of(article("# T\n\n  - a\n  - b\n"))

    assert only.quote == "  - a\n  - b"
