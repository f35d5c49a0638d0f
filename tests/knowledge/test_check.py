from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.knowledge import load_articles
from bot.knowledge.check import check
from tests.knowledge.samples import ARTICLES, write_articles

TODAY = date(2026, 11, 22)


def messages(folder: Path, text: str) -> list[tuple[int, str]]:
    write_articles(folder, {"en/new.md": text})
    library = load_articles(folder, languages=("en", "nl"))
    findings = check(library, today=TODAY, needs={"learn_how"})
    return [(one.line, one.message) for one in findings if one.file == "en/new.md"]


def test_good_articles_have_no_findings(folder: Path) -> None:
    assert check(load_articles(folder, languages=("en", "nl")), today=TODAY) == []
    assert len(ARTICLES) == 5


def test_broken_links_are_found_with_their_line(folder: Path) -> None:
    found = messages(
        folder,
        "---\nowner: me\n---\n# T\n\n[a](gone.md)\n\n[b](website.md#gone) [c](#gone)\n\n"
        "![d](x.png)\n\n[ok](website.md#allow-your-site) [ok](permissions.md#agreed) [ok](#t)\n",
    )

    assert [line for line, _ in found] == [6, 8, 8, 10]
    assert "no article gone.md" in found[0][1]
    assert "#gone is not a heading of en/new.md" in found[1][1]
    assert "#gone is not a heading of en/website.md" in found[2][1]
    assert "x.png is not served" in found[3][1]


def test_overdue_review_and_unknown_need_are_found(folder: Path) -> None:
    found = messages(folder, "---\nreview_by: 2026-11-21\nneeds: [learn_how, lern]\n---\n# T\n\nx")

    assert len(found) == 2
    assert any("reviewed by 2026-11-21" in message for _, message in found)
    assert any("unknown need `lern`" in message for _, message in found)
    assert messages(folder, "---\nreview_by: 2026-11-22\n---\n# T\n\nx") == []


def test_article_without_heading_text_or_short_passages_is_found(folder: Path) -> None:
    assert "no heading" in messages(folder, "Just text.")[0][1]
    assert "no text" in messages(folder, "# Just a heading")[0][1]
    code = "```\n" + "word " * 260 + "\n```"
    assert messages(folder, f"# T\n\n{code}")[0][1].startswith("a passage of 262 words")


def test_raw_html_and_reference_links_are_found(folder: Path) -> None:
    found = messages(folder, "# T\n\nA <b>word</b> and [one][r].\n\n[r]: https://example.org\n")

    assert [line for line, _ in found] == [3, 3, 5]
    assert "raw HTML" in found[0][1]
    assert "quoted passage loses this link" in found[2][1]


def test_problems_of_loading_are_findings(folder: Path) -> None:
    assert messages(folder, "---\ntitel: x\n---\n# T\n\nx")[0] == (
        2,
        "unknown key `titel`; known are title, language, reviewed, owner, review_by, needs, "
        "keywords, affiliate",
    )
