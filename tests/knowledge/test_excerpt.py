"""The passage as it is read: what is marked in it, where it is cut, and in which form it comes."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.knowledge.excerpt import Asked, answering, cut
from bot.knowledge.form import best_form
from bot.knowledge.loader import load_articles
from bot.knowledge.passages import Passage, passages_of
from bot.knowledge.presenting import first_number
from bot.knowledge.render import plain, tree
from bot.knowledge.units import Span, item_number, units_of
from tests.knowledge.samples import write_articles

WORDS = (
    "widget",
    "page",
    "**bold** word",
    "`a. B`",
    "[a link. Yes](https://e.org/x)",
    "site",
    "e.g.",
)
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(
    lambda words: " ".join(words).capitalize() + "."
)
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=5).map(" ".join)
BULLETS = st.lists(PARAGRAPH, min_size=1, max_size=4).map(
    lambda items: "\n".join(f"- {item}" for item in items)
)
STEPS = st.lists(PARAGRAPH, min_size=1, max_size=4).map(
    lambda items: "\n".join(f"{number}. {item}" for number, item in enumerate(items, 3))
)
ROWS = st.lists(st.tuples(SENTENCE, SENTENCE), min_size=1, max_size=4).map(
    lambda rows: "| a | b |\n|---|---|\n" + "\n".join(f"| {one} | {two} |" for one, two in rows)
)
CODE = st.just("```\nwidget. Page. Site.\n\nWidget.\n```")
QUOTED = PARAGRAPH.map(lambda text: "> " + text.replace(". ", ".\n> "))
BLOCK = st.one_of(PARAGRAPH, BULLETS, STEPS, ROWS, CODE, QUOTED)
PASSAGE = st.lists(BLOCK, min_size=1, max_size=5).map("\n\n".join)
ANY_MARKDOWN = st.one_of(
    PASSAGE, st.text(alphabet="ab.! *_`[]()<>|-1\n#>&;:\\~AB", max_size=120), st.text(max_size=80)
)
ASKED = Asked("which widget page of the site has a bold link", "en")


def unmarked(node: Any) -> Any:
    """Return a tree without its marks, neighbouring texts joined."""
    if not isinstance(node, list):
        return node
    made: list[Any] = []
    for child in node:
        inside = unmarked(child)
        inside = inside[1:] if isinstance(inside, list) and inside[:1] == ["mark"] else [inside]
        for one in inside:
            if made and isinstance(one, str) and isinstance(made[-1], str) and len(made) > 1:
                made[-1] += one
            else:
                made.append(one)
    return made


def marks_of(node: Any) -> list[list[Any]]:
    if not isinstance(node, list):
        return []
    own = [node] if node[:1] == ["mark"] else []
    return own + [mark for child in node for mark in marks_of(child)]


@given(ANY_MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_without_the_marks_it_is_the_very_passage(markdown: str) -> None:
    marked = tree(markdown, marks=units_of(markdown).parts)
    assert unmarked(["all", *marked]) == unmarked(["all", *tree(markdown)])
    assert all(len(mark) > 1 and any(mark[1:]) for mark in marks_of(marked))


@given(PASSAGE)
@settings(max_examples=100, deadline=None)
@example("**One sentence. Two sentences.** Three of them.")
def test_what_is_marked_is_whole_units_and_never_most_of_it(markdown: str) -> None:
    parts = units_of(markdown).parts
    marks = answering(markdown, ASKED)
    assert set(marks) <= set(parts)
    assert sum(end - start for start, end in marks) * 3 <= len(markdown) * 2
    assert all(before[1] <= after[0] for before, after in pairwise(parts))
    assert all(markdown[start:end].strip() == markdown[start:end] != "" for start, end in parts)


@given(PASSAGE)
@settings(max_examples=100, deadline=None)
def test_every_unit_of_an_ordinary_passage_can_be_marked(markdown: str) -> None:
    parts = units_of(markdown).parts
    assert bool(marks_of(tree(markdown, marks=parts))) is bool(parts)


@given(ANY_MARKDOWN, st.integers(1, 40), st.integers(0, 9))
@settings(max_examples=150, deadline=None)
def test_cut_is_word_for_word_and_ends_at_a_border(markdown: str, most: int, number: int) -> None:
    parts = units_of(markdown).parts
    spans = parts[number : number + 1]
    shown = cut(markdown, most, spans)
    assert markdown[shown.start : shown.start + len(shown.text)] == shown.text
    assert shown.whole is (shown.text == markdown)
    if not shown.whole:
        end = shown.start + len(shown.text)
        assert end == len(markdown) or end in units_of(markdown).borders
    assert len(shown.inside(parts)) <= len(parts)


def marked_words(markdown: str, question: str, language: str = "en") -> list[str]:
    spans: tuple[Span, ...] = answering(markdown, Asked(question, language))
    return [markdown[start:end] for start, end in spans]


DELIVERY = (
    "Parcels leave on working days. What you order before noon leaves the same day, e.g. On a "
    "Friday too. On holidays nothing leaves. Send a parcel back within 30 days; we pay the "
    "postage. Large parcels come with a carrier who calls first."
)


def test_sentence_that_answers_is_marked() -> None:
    assert marked_words(DELIVERY, "can I send it back, who pays the postage") == [
        "Send a parcel back within 30 days; we pay the postage."
    ]


@pytest.mark.parametrize(
    ("markdown", "question"),
    [
        ("Parcels leave on working days. Postage is free.", "what is the postage"),
        (DELIVERY, "how do I repot an orchid"),
        (DELIVERY, "parcels"),
        ("", "anything"),
        ("```\nsend. Back. Postage.\n```", "send back postage"),
    ],
)
def test_short_passages_and_those_in_which_nothing_stands_out_are_left_alone(
    markdown: str, question: str
) -> None:
    assert marked_words(markdown, question) == []


def test_list_items_and_table_rows_are_marked_whole() -> None:
    items = "- Open the menu\n- Choose *Export*. It takes a minute\n- Wait for the mail"
    assert marked_words(items, "where is the export") == ["Choose *Export*. It takes a minute"]
    rows = "| plan | price |\n|---|---|\n| Basic | 5 |\n| Plus | 9 |\n| School | free |"
    assert marked_words(rows, "price for a school") == ["School | free"]
    (table,) = tree(rows, marks=answering(rows, Asked("price for a school", "en")))
    assert json.dumps(table).endswith(
        '["tr", ["td", ["mark", "School"]], ["td", ["mark", "free"]]]]]'
    )


def test_dutch_question_marks_a_dutch_sentence() -> None:
    text = "Pakketten gaan op werkdagen weg. Terugsturen is gratis. Op feestdagen zijn we dicht."
    assert marked_words(text, "kost terugsturen iets", "nl") == ["Terugsturen is gratis."]


def test_cut_goes_to_where_the_answer_is_and_keeps_the_number() -> None:
    steps = "\n".join(f"1. Press the button number {n} and wait a while." for n in range(1, 30))
    (span,) = [part for part in units_of(steps).parts if "number 20 " in steps[part[0] : part[1]]]
    shown = cut(steps, 40, [span])
    assert "number 20 " in shown.text
    assert shown.text.startswith("1. Press")
    assert item_number(steps, shown.start) == 20
    assert plain(shown.text, first=20).startswith("20. Press the button number 20")


def test_what_announces_something_is_not_the_end() -> None:
    text = f"First words here. Then do this:\n\n```\n{'code ' * 60}\n```\n\nLast words."
    assert cut(text, 6).text == "First words here."
    assert cut("Do this:\n\n```\n" + "code\n" * 60 + "```\n\nMore.", 6).text.endswith("```")


def test_no_code_and_no_emphasis_is_cut() -> None:
    text = "**One sentence. Two sentences.** Three `a. B` of them."
    assert [text[start:end] for start, end in units_of(text).parts] == [
        "**One sentence. Two sentences.**",
        "Three `a. B` of them.",
    ]


# -- form ----------------------------------------------------------------------------------------

PROBLEM = """# The widget does not show

{words}

1. Open the page in a private window, so that nothing old is shown from the browser's memory.
2. Look for the line with `widget.js` in the source of the page.
3. Restart the server and wait until it says that it listens.

## Plans

Two plans show the widget. Which one is right depends on the traffic.

### Side by side

| plan | widget | visitors |
|---|---|---|
| Basic | yes | 100 |
| Plus | yes | 900 |

## Close your account

Mail us and the widget is gone. Nothing else is needed.
"""


@pytest.fixture
def passages(tmp_path: Any) -> tuple[Passage, ...]:
    body = PROBLEM.format(words="The widget stays away when the site is not named. " * 13)
    folder = write_articles(tmp_path / "articles", {"en/problem.md": body})
    return passages_of(load_articles(folder, languages=("en",)).articles[0])


def under(passages: tuple[Passage, ...], anchor: str) -> list[Passage]:
    return [one for one in passages if one.anchor == anchor]


def test_problem_gets_the_steps_of_its_section(passages: tuple[Passage, ...]) -> None:
    words, steps = under(passages, "the-widget-does-not-show")
    asked = Asked("the widget does not show", "en")
    assert best_form("fix_problem", words, passages, asked) == steps
    assert best_form("fix_problem", steps, passages, asked) == steps
    assert best_form("learn_how", words, passages, asked) == words
    assert best_form(None, words, passages) == words


def test_comparison_gets_the_one_table_below_its_heading(passages: tuple[Passage, ...]) -> None:
    (plans,), (table,) = under(passages, "plans"), under(passages, "side-by-side")
    assert best_form("compare_options", plans, passages, Asked("which plan", "en")) == table


def test_passage_that_is_about_less_of_the_question_is_not_taken(
    passages: tuple[Passage, ...],
) -> None:
    (leave,) = under(passages, "close-your-account")
    asked = Asked("mail to close account", "en")
    assert best_form("fix_problem", leave, passages, asked) == leave
    words, _ = under(passages, "the-widget-does-not-show")
    assert best_form("fix_problem", words, passages, Asked("site not named", "en")) == words


@given(st.sampled_from(["fix_problem", "compare_options", "check_claim", None]), st.integers(0, 4))
def test_form_is_always_a_passage_of_the_article(need: str | None, number: int) -> None:
    texts = ["Words.", "1. a\n2. b", "| a |\n|---|\n| b |", "More words.", "1. c\n2. d"]
    passages = [
        Passage("x", ("T", str(at // 2)), str(at // 2), at, at + 1, text, text, "en")
        for at, text in enumerate(texts)
    ]
    assert best_form(need, passages[number], passages) in passages


def test_first_number_of_a_passage_that_begins_in_its_list(tmp_path: Any) -> None:
    items = "\n".join(f"1. {'Press the next button and wait. ' * 6}" for _ in range(12))
    folder = write_articles(tmp_path / "articles", {"en/a.md": f"# A\n\nDo this:\n\n{items}\n"})
    passages = passages_of(load_articles(folder, languages=("en",)).articles[0])
    numbers = [first_number(passages, one) for one in passages]
    assert numbers[0] is None
    assert all(numbers[1:])
    counted = [one.quote.count("1. Press") for one in passages]
    assert numbers[1:] == [1 + sum(counted[:at]) for at in range(1, len(counted))]
