"""The shipped articles are complete, name only what exists, and are found by real questions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import click
import pytest
import yaml

from bot.entity_words import load_entity_words
from bot.knowledge import Answer, HelpArticle, Knowledge, Library, NoAnswer, find_answer
from bot.knowledge.check import Asked, check
from bot.knowledge.evaluate import evaluate_retrieval
from bot.knowledge.golden import GOLDEN, golden_set
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
ARTICLES = ROOT / "knowledge"
QUESTIONS = Path(__file__).parent / "knowledge_questions.jsonl"
LANGUAGES = ("en", "nl")
LEAST_ARTICLES = {"en": 22, "nl": 12}
LEAST_QUESTIONS = {"en": 60, "nl": 30}
LEAST_UNANSWERABLE = 15
MOST_WORDS = 125
LEAST_RECALL_AT_1, LEAST_RECALL_AT_5 = 0.75, 0.93
REVIEWED = date(2026, 11, 22)
SETTING = re.compile(rf"\b{PREFIX}[A-Z_]+\b")
COMMAND = re.compile(r"(?:^|[`=] ?|\s)askfirst((?: [a-z]+){1,2})", re.MULTILINE)
CODE = re.compile(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)


@cache
def knowledge() -> Knowledge:
    return Knowledge.load(ARTICLES, languages=LANGUAGES)


def library() -> Library:
    return knowledge().library


def questions() -> list[dict[str, list[str]]]:
    return [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]


def needs() -> set[str]:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return set(domain["intents"])


def code_of(article: HelpArticle) -> Iterator[str]:
    """Yield what stands in code blocks and code spans: that is what people copy."""
    for block, span in CODE.findall(article.body):
        yield block or span


def commands_named() -> set[tuple[str, ...]]:
    """Return the words after `askfirst` in code, as many as could name a command."""
    return {
        tuple(words.split())
        for article in library().articles
        for code in code_of(article)
        for words in COMMAND.findall(code)
    }


def command_exists(words: tuple[str, ...]) -> bool:
    from bot.cli import main  # here, because the command line loads all of the program

    command: click.Command = main
    for word in words:
        if not isinstance(command, click.Group):
            return True  # the next word is an argument
        if word not in command.commands:
            return False
        command = command.commands[word]
    return True


@pytest.mark.parametrize("language", LANGUAGES)
def test_articles_are_enough_in_each_language(language: str) -> None:
    found = [one for one in library().articles if one.language == language]
    assert len(found) >= LEAST_ARTICLES[language]
    assert all(one.id.startswith(f"{language}/") for one in found)


def test_articles_in_dutch_have_an_english_one_of_the_same_name() -> None:
    missing = [
        one.id
        for one in library().articles
        if one.language == "nl" and library().find_page("en", one.slug) is None
    ]
    assert not missing


def test_front_matter_is_complete() -> None:
    for one in library().articles:
        assert one.title and one.owner and one.needs and one.keywords, one.id
        assert one.reviewed and one.review_by and one.reviewed < one.review_by, one.id
        assert one.outline.headings[0].text == one.title, one.id


def test_needs_named_exist() -> None:
    named = {need for one in library().articles for need in one.needs}
    assert named <= needs()


def test_check_finds_only_missing_translations_on_the_day_of_review() -> None:
    dates = load_entity_words(ROOT).languages
    asked = Asked(knowledge(), golden_set(library(), ROOT / GOLDEN))
    found = check(library(), today=REVIEWED, needs=needs(), dates=dates, asked=asked)
    assert [one for one in found if one.code != "translation"] == []


def test_golden_questions_are_there_in_each_language() -> None:
    asked = golden_set(library(), ROOT / GOLDEN).questions
    for language in LANGUAGES:
        answers = [one.article for one in asked if one.language == language]
        assert None in answers and len(answers) >= 6


def test_every_section_is_one_passage_that_can_be_quoted_whole() -> None:
    for one in library().articles:
        headings = [part.heading for part in one.outline.slices]
        assert len(headings) == len(set(headings)), one.id
        for part in one.outline.slices:
            words = len(one.body[part.quote_start : part.quote_end].split())
            assert 0 < words <= MOST_WORDS, f"{one.id}:{one.line_at(part.start)}: {words} words"


def test_settings_named_exist() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}CONFIG"}
    named = {name for one in library().articles for name in SETTING.findall(one.body)}
    assert named and named <= known


def test_every_setting_is_explained() -> None:
    article = library().find("en/settings")
    assert article is not None
    named = set(SETTING.findall(article.body))
    assert {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} <= named


def test_commands_named_exist() -> None:
    named = commands_named()
    assert ("knowledge", "check") in named and ("staff", "add") in named
    assert [words for words in sorted(named) if not command_exists(words)] == []


def test_questions_are_enough_and_name_articles_that_exist() -> None:
    asked = questions()
    for language, least in LEAST_QUESTIONS.items():
        own = [row for row in asked if any(one.startswith(language) for one in row["relevant"])]
        assert len(own) >= least
    assert sum(not row["relevant"] for row in asked) >= LEAST_UNANSWERABLE
    assert len({row["question"] for row in asked}) == len(asked)
    assert all(library().find(one) for row in asked for one in row["relevant"])


def test_every_article_answers_some_question() -> None:
    asked = {one for row in questions() for one in row["relevant"]}
    assert {one.id for one in library().articles} <= asked


def test_questions_find_their_articles() -> None:
    report = evaluate_retrieval(ARTICLES, QUESTIONS, languages=LANGUAGES)
    assert report.recall_at_1 is not None and report.recall_at_1 >= LEAST_RECALL_AT_1
    assert report.recall_at_5 is not None and report.recall_at_5 >= LEAST_RECALL_AT_5


@pytest.mark.parametrize(
    ("question", "language"),
    [("how do I put this on my site", "en"), ("hoe zet ik dit op mijn website", "nl")],
)
def test_embedding_question_is_answered_in_its_language(question: str, language: str) -> None:
    answer = find_answer(knowledge(), question, language=language, base_url="")
    assert isinstance(answer, Answer)
    assert answer.sources[0].article == f"{language}/put-on-your-website"
    assert "widget.js" in answer.text


@pytest.mark.parametrize(
    ("question", "language"), [("what is Askfirst", "en"), ("wat is Askfirst", "nl")]
)
def test_question_what_it_is_gets_the_first_passage(question: str, language: str) -> None:
    answer = find_answer(knowledge(), question, language=language, base_url="")
    article = library().find(f"{language}/what-is-askfirst")
    assert isinstance(answer, Answer) and article is not None
    assert answer.sources[0].article == article.id
    assert answer.sources[0].url.endswith(f"#{article.outline.top}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_trivia_is_not_answered(language: str) -> None:
    question = "who won the 1998 world cup"
    answer = find_answer(knowledge(), question, language=language, base_url="")
    assert isinstance(answer, NoAnswer)
