from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.knowledge import Knowledge
from bot.knowledge.terms import Terms
from tests.knowledge.samples import write_articles


def test_search_finds_by_stem_title_and_keyword(knowledge: Knowledge) -> None:
    for question in ("allowing sites", "embed", "which origin is exact"):
        assert knowledge.search(question, language="en")[0].article.id == "en/website"


def test_search_returns_best_first_and_at_most_k(knowledge: Knowledge) -> None:
    hits = knowledge.search("permission assistant", language="en", k=3)

    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_search_keeps_to_its_language_unless_asked_for_all(knowledge: Knowledge) -> None:
    assert {hit.article.language for hit in knowledge.search("website", language="nl")} == {"nl"}
    assert {hit.article.language for hit in knowledge.search("website")} == {"en", "nl"}
    assert knowledge.search("website", language="fr") == []


def test_question_without_a_known_word_finds_nothing(knowledge: Knowledge) -> None:
    for question in ("", "the of and", "zzz qqq", "😀", "?" * 5000):
        assert knowledge.search(question, language="en") == []


def test_articles_rank_by_their_best_passage(knowledge: Knowledge) -> None:
    ranked = knowledge.rank_articles("website", language="en")
    best = knowledge.search("website", language="en", k=1)[0]

    assert len({hit.article.id for hit in ranked}) == len(ranked)
    assert ranked[0].passage == best.passage


def test_empty_library_can_be_searched(tmp_path: Path) -> None:
    knowledge = Knowledge.load(
        write_articles(tmp_path, {"a.md": "# Only a heading"}), languages=("en",)
    )

    assert knowledge.search("heading") == []


def test_words_that_are_written_apart_or_together_are_the_same() -> None:
    terms = Terms("en")

    for written in ("log in", "log-in", "login", "logging in", "Logged in"):
        assert terms.of_question(written) == ["login"]


def test_question_words_are_not_remembered() -> None:
    terms = Terms("en")
    terms.of_question("my secret is hunter2")

    assert "hunter2" not in repr(vars(terms))


def test_threads_search_at_the_same_time(knowledge: Knowledge) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda _: knowledge.search("allow sites", language="en")[0], range(200))
        )

    assert {hit.passage.anchor for hit in found} == {"allow-your-site"}
