from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.knowledge.evaluate import Ranked, evaluate_retrieval, gain, recall, reciprocal_rank
from bot.knowledge.evaluation_files import Question

ROWS = [
    {"id": "tea", "title": "Tea", "text": "Pour hot water over the leaves."},
    {"id": "coffee", "title": "Coffee", "text": "Grind the beans, then pour water."},
    {"id": "cocoa", "title": "Cocoa", "text": "Stir the powder into milk."},
]
ASKED: list[dict[str, object]] = [
    {"question": "tea leaves", "relevant": ["tea"], "topic": "drinks"},
    {"question": "grind beans", "relevant": ["coffee", "gone"]},
    {"question": "xylophone", "relevant": []},
]


def jsonl(path: Path, rows: object) -> Path:
    assert isinstance(rows, list)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_made_set_gives_the_numbers_worked_out_by_hand(tmp_path: Path) -> None:
    report = evaluate_retrieval(
        jsonl(tmp_path / "a.jsonl", ROWS), jsonl(tmp_path / "q.jsonl", ASKED)
    ).as_json()

    best_for_two = 1 + 1 / math.log2(3)
    assert report["recall@1"] == pytest.approx((1 + 1 / 2) / 2)
    assert report["recall@5"] == pytest.approx((1 + 1 / 2) / 2)
    assert report["mrr@10"] == pytest.approx(1.0)
    assert report["ndcg@10"] == pytest.approx((1 + 1 / best_for_two) / 2)
    assert report["abstention_auroc"] == 1.0
    assert report["ms_per_query"] > 0
    assert report["unknown_relevant_ids"] == 1


def test_measures_of_one_ranking() -> None:
    ranked = Ranked(Question("q", ("b", "d")), ("a", "b", "c", "d"), 0.5)

    assert recall(ranked, 1) == 0
    assert recall(ranked, 2) == 0.5
    assert reciprocal_rank(ranked) == 0.5
    discounted = 1 / math.log2(3) + 1 / math.log2(5)
    assert gain(ranked) == pytest.approx(discounted / (1 + 1 / math.log2(3)))


def test_folder_ids_are_paths_without_the_suffix(folder: Path, tmp_path: Path) -> None:
    questions = jsonl(
        tmp_path / "q.jsonl", [{"question": "opening hours", "relevant": ["en/contact/hours"]}]
    )
    report = evaluate_retrieval(folder, questions, languages=("en", "nl")).as_json()

    assert report["recall@1"] == 1.0
    assert report["abstention_auroc"] is None


def test_only_unanswerable_questions_have_no_means(tmp_path: Path) -> None:
    report = evaluate_retrieval(
        jsonl(tmp_path / "a.jsonl", ROWS),
        jsonl(tmp_path / "q.jsonl", [{"question": "x", "relevant": []}]),
    ).as_json()

    assert report["recall@1"] is None
    assert report["abstention_auroc"] is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{broken", "not a line of JSON"),
        ("[1]", "write an object"),
        ('{"relevant": []}', '"question" must be words'),
        ('{"question": "x"}', '"relevant" must be a list'),
        ('{"question": "x", "relevant": "tea"}', '"relevant" must be a list'),
    ],
)
def test_bad_question_names_its_line(tmp_path: Path, line: str, words: str) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"question": "x", "relevant": []}\n\n' + line + "\n")

    with pytest.raises(BadInput, match=words) as caught:
        evaluate_retrieval(jsonl(tmp_path / "a.jsonl", ROWS), questions)
    assert "q.jsonl:3:" in caught.value.message


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"id": "tea", "title": "", "text": "x"}, "comes twice"),
        ({"title": "x", "text": "x"}, '"id" must be words'),
        ({"id": "new", "title": "x"}, '"title" and "text"'),
    ],
)
def test_bad_article_names_its_line(tmp_path: Path, row: dict[str, str], words: str) -> None:
    articles = jsonl(tmp_path / "a.jsonl", [*ROWS, row])

    with pytest.raises(BadInput, match=words) as caught:
        evaluate_retrieval(articles, jsonl(tmp_path / "q.jsonl", ASKED))
    assert "a.jsonl:4:" in caught.value.message


def test_missing_or_empty_questions_are_bad_input(tmp_path: Path) -> None:
    articles = jsonl(tmp_path / "a.jsonl", ROWS)

    with pytest.raises(BadInput, match="cannot be read"):
        evaluate_retrieval(articles, tmp_path / "none.jsonl")
    with pytest.raises(BadInput, match="no question"):
        evaluate_retrieval(articles, jsonl(tmp_path / "q.jsonl", []))
