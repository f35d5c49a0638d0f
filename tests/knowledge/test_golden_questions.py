"""Golden questions: where they come from, when they hold, what a regression is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge import Knowledge, Library, load_articles
from bot.knowledge.articles import Publishing
from bot.knowledge.check import Asked, check
from bot.knowledge.golden import GOLDEN, broken, choose, golden_set
from tests.knowledge.samples import HOURS, write_articles
from tests.knowledge.test_check import TODAY

ASKED = "what are your opening hours"
GOLDEN_HOURS = f"---\ntitle: Opening hours of the desk\ngolden:\n  - {ASKED}\n---\n{HOURS}"


def knowledge(folder: Path, **articles: str | None) -> Knowledge:
    """Change articles of a folder, None deletes, and read all of them."""
    for name, text in articles.items():
        if text is None:
            (folder / "en" / "contact" / f"{name}.md").unlink()
        else:
            write_articles(folder, {f"en/contact/{name}.md": text})
    return Knowledge.load(folder, languages=("en", "nl"))


def file(folder: Path, *rows: str) -> Path:
    path = folder.parent / GOLDEN
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(("question,article,language", *rows)) + "\n")
    return path


def built(_library: Library) -> Knowledge:
    raise AssertionError("nothing was taken away")


def test_questions_come_from_articles_and_from_the_file(folder: Path) -> None:
    found = knowledge(folder, hours=GOLDEN_HOURS)
    rows = file(folder, '"hoe zet ik dit, graag, op mijn site",nl/website', "who won,,en", "who,")
    asked = golden_set(found.library, rows)

    assert asked.problems == ()
    assert [(one.text, one.article, one.language) for one in asked.questions] == [
        (ASKED, "en/contact/hours", "en"),
        ("hoe zet ik dit, graag, op mijn site", "nl/website", "nl"),
        ("who won", None, "en"),
        ("who", None, "en"),
    ]
    places = [f"{one.file}:{one.line}" for one in asked.questions]
    assert places[:2] == ["en/contact/hours.md:3", "golden/questions.csv:2"]
    assert broken(found, asked.questions[:1]) == []


def test_broken_question_is_an_error_that_says_what_answers_instead(folder: Path) -> None:
    found = knowledge(folder)
    rows = file(folder, f"{ASKED},en/website", f"{ASKED},", "quantum chromodynamics,en/hosting")
    asked = Asked(found, golden_set(found.library, rows))
    told = [one for one in check(found.library, today=TODAY, asked=asked) if one.code == "golden"]

    assert {one.severity for one in told} == {"error"}
    assert [(one.file, one.line) for one in told] == [(GOLDEN.as_posix(), n) for n in (2, 3, 4)]
    assert [one.message for one in told] == [
        f"“{ASKED}” (en) must be answered from en/website, and en/contact/hours answers",
        f"“{ASKED}” (en) must not be answered and is, from en/contact/hours",
        "“quantum chromodynamics” (en) must be answered from en/hosting, and no article answers",
    ]


@pytest.mark.parametrize(
    ("row", "words", "severity"),
    [
        ("when,en/gone", "en/gone is no article", "error"),
        ("when,en/contact/hours,de", "unknown language `de`", "error"),
        (",en/contact/hours", "write a question", "error"),
        ("when, then,en/contact/hours,en", "put text with commas between quotes", "error"),
        ("when,en/draft", "en/draft is a draft and does not answer", "note"),
    ],
)
def test_row_that_cannot_be_asked_is_named_with_its_line(
    folder: Path, row: str, words: str, severity: str
) -> None:
    write_articles(folder, {"en/draft.md": "---\ndraft: true\n---\n# Draft\n\nText.\n"})
    asked = golden_set(load_articles(folder, languages=("en", "nl")), file(folder, "a,,en", row))
    assert [one.text for one in asked.questions] == ["a"]
    assert [(one.line, one.severity) for one in asked.problems] == [(3, severity)]
    assert words in asked.problems[0].message


@pytest.mark.parametrize("content", [b"text,label\na,b\n", b"question,article\n\xff,x\n", b""])
def test_file_that_cannot_be_read_stops_nothing(folder: Path, content: bytes) -> None:
    path = file(folder)
    path.write_bytes(content)
    asked = golden_set(load_articles(folder, languages=("en", "nl")), path)
    assert asked.questions == ()
    assert [one.file for one in asked.problems] == [GOLDEN.as_posix()]


def test_question_that_held_and_breaks_keeps_the_old_articles(folder: Path) -> None:
    old = knowledge(folder, hours=GOLDEN_HOURS)
    edited = f"---\ngolden: [{ASKED}]\n---\n# Parking\n\nPark behind the house.\n"
    fresh = knowledge(folder, hours=edited)
    chosen, fallen = choose(old, fresh, folder / "none.csv", built)

    assert chosen is old
    assert [one.place for one in fallen] == ["en/contact/hours.md:2"]


def test_question_that_never_held_stops_nothing(folder: Path) -> None:
    old = knowledge(folder)
    rows = file(folder, "quantum chromodynamics,en/hosting")
    fresh = knowledge(folder, bread="# Bread\n\nWe bake bread.\n")
    assert choose(old, fresh, rows, built) == (fresh, ())


def test_article_that_is_deleted_or_drafted_is_no_regression(folder: Path) -> None:
    old = knowledge(folder, hours=GOLDEN_HOURS)
    rows = file(folder, f"{ASKED},en/contact/hours")
    draft = GOLDEN_HOURS.replace("---\n", "---\ndraft: true\n", 1)
    for change in (draft, None):
        fresh = knowledge(folder, hours=change)
        assert choose(old, fresh, rows, built) == (fresh, ())


def test_what_is_taken_away_goes_even_while_the_rest_waits(folder: Path) -> None:
    old = knowledge(folder)
    rows = file(folder, f"{ASKED},en/contact/hours")
    (folder / "en" / "website.md").unlink()
    fresh = knowledge(folder, hours="# Parking\n\nPark behind the house.\n")
    chosen, fallen = choose(old, fresh, rows, Knowledge)

    assert len(fallen) == 1
    assert chosen.library.find("en/website") is None
    assert chosen.library.find("en/contact/hours") == old.library.find("en/contact/hours")
    assert chosen.library.published(Publishing()) == chosen.library
