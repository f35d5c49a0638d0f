from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.entity_words import load_entity_words
from bot.errors import BadInput
from bot.knowledge import Knowledge, load_articles
from bot.knowledge.articles import Publishing
from bot.knowledge.check import Asked, Finding, check
from bot.knowledge.checking.coverage import read_asked
from bot.knowledge.checking.report import report
from bot.knowledge.golden import GoldenSet
from bot.settings import PROJECT_DIR
from tests.knowledge.samples import ARTICLES, write_articles

TODAY = date(2026, 11, 22)
DATES = load_entity_words(PROJECT_DIR).languages
OWNED = "---\nowner: me\n---\n"


def findings(folder: Path, articles: dict[str, str], *codes: str) -> list[Finding]:
    """Add articles to a folder and return its findings, of some kinds or of all."""
    library = load_articles(write_articles(folder, articles), languages=("en", "nl"))
    found = check(library, today=TODAY, needs={"learn_how"}, dates=DATES)
    return [one for one in found if not codes or one.code in codes]


def messages(folder: Path, text: str) -> list[tuple[int, str]]:
    found = findings(folder, {"en/new.md": text})
    quiet = {"no-owner", "translation", "unreached"}
    return [
        (one.line, one.message)
        for one in found
        if one.file == "en/new.md" and one.code not in quiet
    ]


def test_good_articles_have_notes_only(folder: Path) -> None:
    found = findings(folder, {})
    assert {(one.severity, one.code) for one in found} == {
        ("note", "no-owner"),
        ("note", "translation"),
    }
    assert not any(one.counts for one in found)
    assert len(ARTICLES) == 5


def test_broken_links_are_found_with_their_line(folder: Path) -> None:
    found = messages(
        folder,
        "---\nowner: me\n---\n# T\n\n[a](gone.md)\n\n[b](website.md#gone) [c](#gone)\n\n"
        "![d](x.png)\n\n[ok](website.md#allow-your-site) [ok](permissions.md#agreed) [ok](#t)\n"
        "and\n[e](later.md)\n",
    )

    assert [line for line, _ in found] == [6, 8, 8, 10, 14]
    assert "no article gone.md" in found[0][1]
    assert "#gone is not a heading of en/new.md" in found[1][1]
    assert "#gone is not a heading of en/website.md" in found[2][1]
    assert "x.png is not served" in found[3][1]


def test_link_to_what_has_no_page_is_found_unless_from_a_draft(folder: Path) -> None:
    found = findings(
        folder,
        {
            "en/draft.md": "---\ndraft: true\n---\n# Later\n\n[Members](members.md) read it.\n",
            "en/members.md": "---\naudience: [members]\n---\n# M\n\n[Desk](contact/hours.md)\n",
            "en/new.md": "# New\n\nSee [later](draft.md) and [members](members.md).\n",
        },
        "link",
    )
    assert [(one.file, one.line) for one in found] == [("en/new.md", 3), ("en/new.md", 3)]
    assert "draft.md is a draft" in found[0].message
    assert "members.md is for another audience" in found[1].message


def test_overdue_review_missing_owner_and_unknown_need_are_found(folder: Path) -> None:
    text = "---\nneeds: [learn_how, lern]\nreview_by: 2026-11-21\n---\n# T\n\nx"
    found = messages(folder, text)

    assert [line for line, _ in found] == [2, 3]
    assert "unknown need `lern`" in found[0][1]
    assert "reviewed by 2026-11-21" in found[1][1]
    assert messages(folder, "---\nreview_by: 2026-11-22\n---\n# T\n\nx") == []
    owners = findings(folder, {"en/new.md": f"{OWNED}# T\n\nx"}, "no-owner")
    assert "en/new.md" not in {one.file for one in owners}
    assert all(one.severity == "note" for one in owners)


def test_article_without_heading_text_or_short_passages_is_found(folder: Path) -> None:
    assert "no heading" in messages(folder, "Just text.")[0][1]
    assert "no text" in messages(folder, "# Just a heading")[0][1]
    code = "```\n" + "word " * 260 + "\n```"
    assert messages(folder, f"# T\n\n{code}")[0][1].startswith("a passage of 262 words")


def test_walls_of_text_are_found_where_they_begin(folder: Path) -> None:
    sentence = " ".join(["word"] * 30)
    wall = f"Begin. {sentence}.\n{sentence}. {sentence}. {sentence}.\nAnd {sentence} {sentence}."
    found = messages(folder, f"# T\n\n{wall}\n\n- {sentence}\n- {sentence}\n")

    assert [line for line, _ in found] == [3, 5]
    assert found[0][1].startswith("a paragraph of 182 words")
    assert found[1][1].startswith("a sentence of 61 words (“And word")


def test_raw_html_and_reference_links_are_found(folder: Path) -> None:
    found = messages(folder, "# T\n\nA <b>word</b> and [one][r].\n\n[r]: https://example.org\n")

    assert [line for line, _ in found] == [3, 3, 5]
    assert "raw HTML" in found[0][1]
    assert "quoted passage loses this link" in found[2][1]


def test_problems_of_loading_are_findings(folder: Path) -> None:
    assert messages(folder, "---\ntitel: x\n---\n# T\n\nx")[0] == (
        2,
        "unknown key `titel`; known are title, language, reviewed, owner, review_by, needs, "
        "keywords, affiliate, draft, audience, golden, source",
    )


# -- translations ------------------------------------------------------------------------------


def test_article_that_a_language_lacks_is_a_note_of_its_own(folder: Path) -> None:
    found = findings(folder, {}, "translation")
    assert [one.file for one in found] == [
        "en/contact/hours.md",
        "en/hosting.md",
        "en/permissions.md",
    ]
    assert found[0].message == "is not there in nl; write nl/contact/hours.md"
    draft = {"nl/hosting.md": "---\ndraft: true\n---\n# Machine huren\n\nTekst.\n"}
    assert len(findings(folder, draft, "translation")) == 3


def test_language_without_any_article_is_one_note(tmp_path: Path) -> None:
    found = findings(tmp_path, {"en/a.md": "# A\n\nx", "en/b.md": "# B\n\ny"}, "translation")
    assert [one.message for one in found] == [
        "no article is in `nl`; write one, or take it out of `languages`"
    ]


# -- repetition and contradiction --------------------------------------------------------------

HOURS = (
    "# Opening hours\n\nOur desk is open from Monday to Friday, from 9:00 to 17:00 every week.\n"
)
CONTACT = (
    "# Contact\n\nWrite to us or come by.\n\n"
    "Our desk is open from Monday to Friday, from 9:00 to 18:00 every week. Bring your pass.\n"
)


def test_passages_that_contradict_each_other_name_both_places_and_the_difference(
    tmp_path: Path,
) -> None:
    found = findings(tmp_path, {"en/contact.md": CONTACT, "en/hours.md": HOURS}, "contradiction")
    assert [(one.file, one.line, one.severity) for one in found] == [("en/hours.md", 3, "warning")]
    assert found[0].message.startswith(
        "may contradict en/contact.md:5: “17:00” here, “18:00” there; make them agree"
    )


@pytest.mark.parametrize(
    ("language", "one", "other", "facts"),
    [
        ("en", "You get your money back within 14 days.", "You get your money back within 30 days.",
         ["14", "30"]),
        ("en", "A year card costs €25 for one adult.", "A year card costs € 30 for one adult.",
         ["€25", "€30"]),
        ("en", "You can bring two guests to the pool.", "You can bring three guests to the pool.",
         ["2", "3"]),
        ("en", "The shop is closed on every Monday in winter.",
         "The shop is closed on every Tuesday in winter.", ["monday", "tuesday"]),
        ("en", "You can return opened boxes to the shop.",
         "You can not return opened boxes to the shop.", ["not"]),
        ("en", "The fair begins on 3 March 2027 in the hall.",
         "The fair begins on 3 April 2027 in the hall.", ["march", "april"]),
        ("nl", "Je kunt geopende dozen niet terugsturen naar ons.",
         "Je kunt geopende dozen terugsturen naar ons.", ["niet"]),
        ("nl", "Je mag drie dagen blijven in het huis.", "Je mag vier dagen blijven in het huis.",
         ["3", "4"]),
    ],
)  # fmt: skip
def test_kinds_of_facts_that_differ(
    tmp_path: Path, language: str, one: str, other: str, facts: list[str]
) -> None:
    articles = {f"{language}/a.md": f"# A\n\n{one}", f"{language}/b.md": f"# B\n\n{other}"}
    found = findings(tmp_path, articles, "contradiction")
    assert len(found) == 1
    assert set(re.findall("“(.*?)”", found[0].message)) == set(facts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("You can bring two guests to the pool.", "You can bring 2 guests to the pool."),
        ("A year card costs €25 for one adult.", "A day ticket costs €5 for one adult."),
        ("You get your money back within 14 days.", "You get your money back within 14 days!"),
        ("You may bring a guest to the pool.", "You might bring a guest to the pool."),
        ("| adult | 25 | in the old hall | by the river |",
         "| adult | 30 | in the old hall | by the river |"),
        ("```\nopen from 9 to 17 on all of the days\n```",
         "```\nopen from 9 to 18 on all of the days\n```"),
    ],
)  # fmt: skip
def test_what_is_no_contradiction(tmp_path: Path, one: str, other: str) -> None:
    articles = {"en/a.md": f"# A\n\n{one}\n", "en/b.md": f"# B\n\n{other}\n"}
    assert findings(tmp_path, articles, "contradiction") == []


def test_other_audiences_and_drafts_may_say_otherwise(tmp_path: Path) -> None:
    for key in ("draft: true", "audience: [members]"):
        hours = f"---\n{key}\n---\n{HOURS}"
        contact = f"---\naudience: [staff]\n---\n{CONTACT}"
        articles = {"en/contact.md": contact, "en/hours.md": hours}
        assert findings(tmp_path, articles, "contradiction", "duplicate") == []


def test_passage_that_stands_twice_is_one_note_with_all_its_places(tmp_path: Path) -> None:
    text = "To get a new card you go to the desk with your old card and a photo of yourself."
    articles = {f"en/{name}.md": f"# {name}\n\n{text}\n" for name in "abcde"}
    articles["en/f.md"] = f"# f\n\n{text.replace('photo', 'good photo')}\n"
    found = findings(tmp_path, articles, "duplicate")
    assert [(one.file, one.line, one.severity) for one in found] == [("en/a.md", 3, "note")]
    assert found[0].message == (
        "says nearly the same as en/b.md:3, en/c.md:3, en/d.md:3 and 2 more; keep one, and link"
        " to it"
    )


# -- questions that reach, titles that find ----------------------------------------------------


def test_article_that_its_title_does_not_find_is_found(tmp_path: Path) -> None:
    steps = {
        f"en/step-{number}.md": f"# Introduction\n\nIntroduction to part {word}: introduction."
        for number, word in enumerate(["one", "two", "three", "four", "five"])
    }
    summary = {"en/summary.md": "# Introduction\n\n" + "Bread and butter. " * 20}
    found = findings(tmp_path, {**steps, **summary}, "unreached")
    assert [one.file for one in found] == ["en/summary.md"]
    assert "en/step-0.md fits it better" in found[0].message


def test_articles_that_no_question_finds_are_notes(folder: Path) -> None:
    for number in range(8):
        write_articles(folder, {f"en/bread{number}.md": f"# Bread {number}\n\nBake bread.\n"})
    knowledge = Knowledge.load(folder, languages=("en",))
    asked = Asked(knowledge, GoldenSet(()), ["how do I bake bread"])
    found = check(knowledge.library, today=TODAY, asked=asked)
    unreached = {one.file for one in found if one.code == "unreached"}
    assert "en/permissions.md" in unreached
    assert not all(f"en/bread{number}.md" in unreached for number in range(8))


def test_questions_come_from_csv_or_json_lines(tmp_path: Path) -> None:
    rows = tmp_path / "asked.csv"
    rows.write_text("id,question\n1,when are you open\n2,\n")
    lines = tmp_path / "asked.jsonl"
    lines.write_text('{"question": "when are you open", "relevant": []}\n')
    assert read_asked(rows) == read_asked(lines) == ["when are you open"]
    rows.write_text("text\nwhen\n")
    with pytest.raises(BadInput, match=r"asked\.csv:1: the header must name question"):
        read_asked(rows)


# -- the report --------------------------------------------------------------------------------


def test_report_is_by_file_with_the_worst_first_and_sums_up_what_many_share() -> None:
    many = [Finding(f"en/{n:02}.md", 1, "note", "no-owner", "has no owner") for n in range(30)]
    bad = [
        Finding("en/01.md", 2, "note", "translation", "is not there in nl"),
        Finding("en/01.md", 9, "error", "unusable", "is broken"),
        Finding("en/02.md", 3, "warning", "link", "leads nowhere"),
    ]
    lines = list(report(sorted([*many, *bad], key=lambda one: one.file), 31))

    assert lines[:4] == [
        "en/01.md",
        "  en/01.md:9: error: is broken",
        "  en/01.md:2: note: is not there in nl",
        "",
    ]
    assert "30 notes of one kind (no-owner); --json has them all:" in lines
    assert lines[-1] == "31 articles read: 1 errors, 1 warnings, 31 notes."


def test_withheld_and_hidden_articles_are_checked_too(tmp_path: Path) -> None:
    articles = {
        "en/old.md": "---\nreview_by: 2026-01-01\n---\n# Old\n\n[a](gone.md)\n",
        "en/draft.md": "---\ndraft: true\n---\n# Draft\n\n[a](gone.md)\n",
    }
    rules = Publishing(withhold_overdue_on=TODAY)
    library = load_articles(write_articles(tmp_path, articles), languages=("en",), rules=rules)
    found = check(library, today=TODAY)
    assert {one.file for one in found if one.code == "link"} == {"en/old.md", "en/draft.md"}
