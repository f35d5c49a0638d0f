"""Indexes that are kept: what changes is indexed anew, the rest stays, and nothing is believed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from bot.knowledge import Knowledge, load_articles
from bot.knowledge.learning import FREEDOM, logistic
from bot.knowledge.lexical import Lexical
from bot.knowledge.vectors import Vectors
from tests.knowledge.samples import write_articles

SUBJECTS = ("parking", "refunds", "passwords", "opening hours", "newsletters", "invoices")
QUESTIONS = ("where can I park", "I want my money back", "reset my password", "when are you open")


def body(subject: str, version: int) -> str:
    return f"# All about {subject}\n\nEverything on {subject}, as it is in version {version}.\n"


def opened(folder: Path, cache: Path | None, encoded: list[int] | None = None) -> Knowledge:
    def note(_done: int, total: int) -> None:
        if encoded is not None:
            encoded.append(total)

    library = load_articles(folder, languages=("en",))
    return Knowledge(library, cache_dir=cache, progress=note)


def found(knowledge: Knowledge) -> list[list[tuple[str, float]]]:
    return [
        [(hit.passage.quote, round(hit.score, 3)) for hit in knowledge.search(question, k=20)]
        for question in QUESTIONS
    ]


def written(folder: Path, versions: Mapping[str, int]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write_articles(
        folder, {f"{name.replace(' ', '-')}.md": body(name, n) for name, n in versions.items()}
    )


@given(
    st.lists(st.dictionaries(st.sampled_from(SUBJECTS), st.integers(1, 3)), min_size=1, max_size=4)
)
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_index_that_was_changed_step_by_step_finds_what_a_new_one_finds(
    tmp_path: Path, states: Sequence[Mapping[str, int]]
) -> None:
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)
    for versions in states:
        written(tmp_path / "articles", versions)
        kept = opened(tmp_path / "articles", tmp_path / "cache")
        new = opened(tmp_path / "articles", None)
        assert [[quote for quote, _ in hits] for hits in found(kept)] == [
            [quote for quote, _ in hits] for hits in found(new)
        ]


def test_only_what_changed_is_encoded(tmp_path: Path) -> None:
    folder, cache = tmp_path / "articles", tmp_path / "cache"
    written(folder, dict.fromkeys(SUBJECTS, 1))
    opened(folder, cache)
    again: list[int] = []
    opened(folder, cache, again)
    assert again == []
    written(folder, {**dict.fromkeys(SUBJECTS, 1), "parking": 2})
    changed: list[int] = []
    knowledge = opened(folder, cache, changed)
    assert changed == [1]
    assert "version 2" in knowledge.search("where can I park", k=1)[0].passage.quote


@pytest.mark.parametrize("changed_from", [1, 5000])
def test_deleted_article_is_found_no_more(
    tmp_path: Path, changed_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.knowledge.shelf.CHANGED_FROM", changed_from)
    folder, cache = tmp_path / "articles", tmp_path / "cache"
    written(folder, dict.fromkeys(SUBJECTS, 1))
    opened(folder, cache)
    written(folder, dict.fromkeys(SUBJECTS[1:], 1))
    hits = opened(folder, cache).search("parking", k=20)
    assert all("parking" not in hit.passage.quote for hit in hits)


@pytest.mark.parametrize("name", ["manifest.json", "minilm/keys.npy", "minilm/vectors.npy"])
@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_damaged_index_is_built_anew(
    tmp_path: Path, name: str, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    folder, cache = tmp_path / "articles", tmp_path / "cache"
    written(folder, dict.fromkeys(SUBJECTS, 1))
    before = found(opened(folder, cache))
    (state,) = (cache / "index" / "en").glob("state-*")
    (state / name).write_bytes(content)
    assert found(opened(folder, cache)) == before
    assert "built anew" in caplog.text
    caplog.clear()
    assert found(opened(folder, cache)) == before
    assert caplog.text == ""


def test_index_that_cannot_be_kept_still_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "articles"
    written(folder, dict.fromkeys(SUBJECTS, 1))
    (tmp_path / "cache").write_text("a file where a folder should be")
    assert opened(folder, tmp_path / "cache").search("where can I park", k=1)
    assert "not kept" in caplog.text


def test_several_processes_may_build_at_once(tmp_path: Path) -> None:
    folder, cache = tmp_path / "articles", tmp_path / "cache"
    written(folder, dict.fromkeys(SUBJECTS, 1))
    with ThreadPoolExecutor(4) as pool:
        results = [found(one) for one in pool.map(lambda _: opened(folder, cache), range(4))]
    assert all(result == results[0] for result in results)
    assert found(opened(folder, cache)) == results[0]


def test_half_made_state_of_a_crash_is_never_opened(tmp_path: Path) -> None:
    folder, cache = tmp_path / "articles", tmp_path / "cache"
    written(folder, dict.fromkeys(SUBJECTS, 1))
    before = found(opened(folder, cache))
    half = cache / "index" / "en" / ".making-xyz"
    half.mkdir()
    (half / "manifest.json").write_text("{}")
    assert found(opened(folder, cache)) == before


def test_words_that_were_taken_out_are_found_no_more() -> None:
    lexical = Lexical(None)
    lexical.change([], [(1, ["parking", "place"]), (2, ["parking"])])
    lexical.change([1], [(3, ["refund"])])
    assert lexical.search(["parking"], 9).keys.tolist() == [2]
    assert lexical.search(["refund", "parking"], 9).keys.tolist() == [3, 2]
    assert lexical.size == 2


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_fitted_weights_are_those_of_scikit_learn(seed: int) -> None:
    chance = np.random.default_rng(seed)
    inputs = chance.standard_normal((300, 5))
    right = inputs @ chance.standard_normal(5) + chance.standard_normal(300) > 0.5
    weights, bias = logistic(inputs, right)
    model = LogisticRegression(C=FREEDOM, class_weight="balanced", tol=1e-8, max_iter=2000)
    model.fit(inputs, right)
    assert np.allclose(weights, model.coef_[0], atol=1e-3)
    assert abs(bias - model.intercept_[0]) < 1e-3


def test_neighbours_find_nearly_what_comparing_all_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.random.default_rng(0).standard_normal((3000, 32)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    exact = Vectors(np.arange(3000, dtype=np.int64) * 7, rows)
    monkeypatch.setattr("bot.knowledge.vectors.EXACT_MOST", 1000)
    exact.save(tmp_path)
    near = Vectors.open(tmp_path)
    shared = []
    for row in rows[:50]:
        one, other = exact.search(row, 10), near.search(row, 10)
        assert one.keys[0] == other.keys[0]
        assert (np.diff(other.scores) <= 0).all()
        shared.append(len(set(one.keys) & set(other.keys)))
    assert np.mean(shared) > 8
