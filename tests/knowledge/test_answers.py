from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.knowledge import Answer, Knowledge, NoAnswer, find_answer
from tests.knowledge.samples import ARTICLES, write_articles

BASE = "https://help.example.org"
WORDS = sorted({word for text in ARTICLES.values() for word in text.split()})


def ask(knowledge: Knowledge, question: str, language: str = "en") -> Answer | NoAnswer:
    return find_answer(knowledge, question, language=language, base_url=BASE)


@pytest.mark.parametrize(
    ("question", "language", "article"),
    [
        ("how do I put this on my site", "en", "en/website"),
        ("Can I embed the widget?", "en", "en/website"),
        ("how can I withdraw my permission", "en", "en/permissions"),
        ("i want to opt out", "en", "en/permissions"),
        ("what are your opening hours", "en", "en/contact/hours"),
        ("hoe zet ik dit op mijn site", "nl", "nl/website"),
        ("kan ik de widget inbouwen", "nl", "nl/website"),
    ],
)
def test_answer_comes_from_the_right_article(
    knowledge: Knowledge, question: str, language: str, article: str
) -> None:
    answer = ask(knowledge, question, language)

    assert isinstance(answer, Answer)
    assert answer.sources[0].article == article
    assert 0.45 <= answer.confidence <= 1


@pytest.mark.parametrize(
    "question",
    [
        "who won the 1998 world cup",
        "asdf qwer",
        "what is the capital of peru",
        "tell me a joke",
        "what time is it",
        "how old are you",
        "where is my order",
        "",
        "?!",
    ],
)
def test_no_passage_no_claim(knowledge: Knowledge, question: str) -> None:
    answer = ask(knowledge, question)

    assert isinstance(answer, NoAnswer)
    assert answer.confidence < 0.75


def test_answer_is_the_passage_word_for_word_with_its_source(knowledge: Knowledge) -> None:
    answer = ask(knowledge, "how do I withdraw a permission")

    assert isinstance(answer, Answer)
    assert answer.text == 'Type "stop" on any channel. Every permission ends at once.'
    (source,) = answer.sources
    assert source.as_json() == {
        "title": "What you agreed to",
        "url": f"{BASE}/help/en/permissions#withdraw-a-permission",
        "passage": answer.text,
        "reviewed": "2026-10-12",
        "language": "en",
        "affiliate": None,
    }


def test_near_miss_names_the_nearest_articles_once_each(knowledge: Knowledge) -> None:
    answer = ask(knowledge, "can pigeons carry my permission across the ocean at night")

    assert isinstance(answer, NoAnswer)
    assert answer.nearest[0].article == "en/permissions"
    assert len({one.article for one in answer.nearest}) == len(answer.nearest)


def test_other_language_answers_when_the_asked_one_cannot(knowledge: Knowledge) -> None:
    answer = ask(knowledge, "opening hours", "nl")

    assert isinstance(answer, Answer)
    assert answer.sources[0].language == "en"


def test_third_party_answers_only_when_no_own_article_does(
    knowledge: Knowledge, folder: Path
) -> None:
    answer = ask(knowledge, "where can I rent a server")
    assert isinstance(answer, Answer)
    assert answer.sources[0].affiliate == "Example Hosting"

    write_articles(folder, {"en/own.md": "# Rent a server\n\nWe rent servers ourselves."})
    own = ask(Knowledge.load(folder, languages=("en", "nl")), "where can I rent a server")
    assert isinstance(own, Answer)
    assert own.sources[0].article == "en/own"


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_quoted_character_occurs_in_the_article(knowledge: Knowledge, question: str) -> None:
    answer = ask(knowledge, question)
    sources = answer.sources if isinstance(answer, Answer) else answer.nearest

    for source in sources:
        article = knowledge.library.find(source.article)
        assert article is not None
        assert source.passage
        assert source.passage in article.body
    if isinstance(answer, Answer):
        assert answer.text == answer.sources[0].passage
