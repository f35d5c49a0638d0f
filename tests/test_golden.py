"""The release gate: what happens to a model that does worse on the golden set, and what that is."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from bot import background
from bot.engine.agent import Engine
from bot.engine.examples import read_labelled
from bot.engine.golden import read_golden, worse
from bot.engine.labelled import Labelled
from bot.engine.model_store import ModelStore
from bot.engine.scores import scores_of
from bot.engine.training import ensure_model, model_path
from bot.opening import load_knowledge
from bot.services import KnowledgeHolder
from bot.settings import PROJECT_DIR, load_settings
from tests.small_project import EXAMPLES, small_project, write_examples
from tests.test_background import followed, until
from tests.test_cli import run
from tests.test_nlu_data import LANGUAGES, NEEDS, all_examples, plain

LEAST_ROWS = 400
# A golden text is a near copy of an example from either of these on: the cosine of counts
# of groups of 3 to 5 letters, the share of words (of all words in both) that both have.
LETTERS_ALIKE = 0.8
WORDS_ALIKE = 0.75

SWAPPED = {"find_price": "greet", "greet": "find_price"}


# -- the shipped set ---------------------------------------------------------------------------


def shipped() -> tuple[Labelled, ...]:
    golden = read_golden(PROJECT_DIR, ("en", "nl"))
    assert golden is not None
    return golden.rows


def test_golden_set_has_every_need_in_both_languages() -> None:
    rows = shipped()
    assert len(rows) >= LEAST_ROWS
    counts = Counter((row.language, row.label) for row in rows)
    assert set(counts) == {(language, need) for language in LANGUAGES for need in NEEDS}


def likeness(texts: list[str], others: list[str], vectorizer: CountVectorizer) -> csr_array:
    vectorizer.fit([*texts, *others])
    return csr_array(vectorizer.transform(texts) @ vectorizer.transform(others).T)


def near_copies(texts: list[str], others: list[str]) -> list[tuple[str, str]]:
    """The pairs that are alike in letters or in words."""
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), use_idf=False)
    found = (likeness(texts, others, letters) >= LETTERS_ALIKE).tocoo()
    pairs = set(zip(found.row.tolist(), found.col.tolist(), strict=True))
    words = CountVectorizer(token_pattern=r"\S+", binary=True)
    shared = likeness(texts, others, words).tocoo()
    sizes, other_sizes = [[len(set(text.split())) for text in side] for side in (texts, others)]
    for a, b, both in zip(shared.row, shared.col, shared.data, strict=True):
        if both / (sizes[a] + other_sizes[b] - both) >= WORDS_ALIKE:
            pairs.add((int(a), int(b)))
    return [(texts[a], others[b]) for a, b in sorted(pairs)]


def test_no_golden_text_is_an_example_or_nearly_one() -> None:
    unseen = read_labelled(PROJECT_DIR / "golden" / "unseen.csv", "en")
    texts = [plain(row.text) for row in [*shipped(), *unseen]]
    examples = [plain(example.text) for example in all_examples()]
    assert near_copies(texts, examples) == []


def test_near_copies_of_examples_are_recognised() -> None:
    examples = ["where can i find my invoice of last month", "much appreciated"]
    for text in ("where can i find my invoices of last month", "last month my invoice find where"):
        assert near_copies([text], examples) == [(text, examples[0])]
    assert near_copies(["what does it cost"], examples) == []


# -- what is worse -----------------------------------------------------------------------------

ROWS = [
    Labelled("what is the price", "find_price", "en", must=True, line=2),
    Labelled("hello there", "greet", "en", line=3),
    Labelled("hallo daar", "greet", "nl", line=4),
]


def judged(before: list[str], after: list[str]) -> list[str]:
    def scores(found: list[str]) -> dict[str, Any]:
        return {
            language: scores_of(
                [
                    (r.label, need)
                    for r, need in zip(ROWS, found, strict=True)
                    if r.language == language
                ]
            )
            for language in ("en", "nl")
        }

    return worse(ROWS, before, after, scores(before), scores(after))


def test_a_fall_is_named_with_its_language_and_needs() -> None:
    right = ["find_price", "greet", "greet"]
    assert judged(right, right) == []
    (reason,) = judged(right, ["find_price", "greet", "find_price"])
    assert reason.startswith("macro F1 in nl fell from 1.000 to 0.000")
    assert "greet 1.00 to 0.00" in reason


def test_a_row_that_must_be_right_is_named_by_its_line() -> None:
    right, wrong = ["find_price", "greet", "greet"], ["greet", "greet", "greet"]
    reasons = judged(right, wrong)
    assert reasons[-1] == "golden/needs.csv:2 must be find_price and is now greet"
    assert judged(wrong, wrong) == []  # it failed before: no new model broke it


# -- training ----------------------------------------------------------------------------------


def train(project: Path, data_dir: Path, *options: str) -> Any:
    return run("train", *options, data_dir=data_dir, ASKFIRST_PROJECT_DIR=str(project))


def told(done: Any, code: int = 0) -> Any:
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_worse_model_is_refused_until_it_is_accepted(tmp_path: Path) -> None:
    project, data_dir = small_project(tmp_path), tmp_path / "var"
    first = told(train(project, data_dir, "--json"))
    assert first["switched_in"]
    assert "first model" in first["notes"][0]
    assert first["golden"]["en"]["macro_f1"] > 0.8

    write_examples(project, {SWAPPED.get(need, need): texts for need, texts in EXAMPLES.items()})
    done = train(project, data_dir)
    assert done.returncode == 1, done.stdout
    assert "macro F1 in en fell" in done.stderr
    assert "golden/needs.csv:2 must be find_price and is now greet" in done.stderr
    assert f"{first['model']} goes on answering" in done.stderr

    settings = load_settings(project_dir=project, data_dir=data_dir)
    assert not model_path(settings).exists()
    again = told(train(project, data_dir, "--json"), code=1)  # known, and not trained again
    assert (again["model"], again["switched_in"]) == (first["model"], False)
    assert again["reasons"]

    accepted = told(train(project, data_dir, "--accept", "--json"))
    assert accepted["switched_in"]
    assert accepted["model"] == model_path(settings).name != first["model"]
    assert accepted["reasons"] == again["reasons"]
    assert ModelStore(data_dir / "models").in_use() == model_path(settings)


async def test_start_after_a_refusal_has_the_last_accepted_model_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = small_project(tmp_path)
    settings = load_settings(project_dir=project, data_dir=tmp_path / "var")
    first = await ensure_model(settings)
    before = first.stat().st_mtime_ns
    write_examples(project, {SWAPPED.get(need, need): texts for need, texts in EXAMPLES.items()})
    for _ in range(2):
        caplog.clear()
        assert await ensure_model(settings) == first
        assert "is not switched in" in caplog.text
        assert first.name in caplog.text
    assert first.stat().st_mtime_ns == before
    engine = Engine("Example Ltd")
    engine.load(first)
    assert (await engine.understand("what does a ticket cost")).need == "find_price"

    write_examples(project, EXAMPLES)  # the old examples again: no refusal, no training
    caplog.clear()
    assert await ensure_model(settings) == first
    assert "not switched in" not in caplog.text


async def test_running_server_keeps_its_model_and_takes_an_accepted_one_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "FOLLOW_SECONDS", 0.05)
    project = small_project(tmp_path)
    settings = load_settings(project_dir=project, data_dir=tmp_path / "var")
    engine = Engine("Example Ltd")
    engine.load(await ensure_model(settings))
    first = engine.model
    holder = KnowledgeHolder(load_knowledge(load_settings()))
    async with followed(settings, engine, holder):
        write_examples(
            project, {SWAPPED.get(need, need): texts for need, texts in EXAMPLES.items()}
        )
        await until(lambda: "is not switched in" in caplog.text, seconds=120)
        assert "macro F1 in en fell" in caplog.text
        assert engine.model == first
        await ensure_model(settings, accept=True)  # as `askfirst train --accept` does
        await until(lambda: engine.model == model_path(settings).name, seconds=30)


def test_without_a_golden_set_nothing_is_compared_and_that_is_said(tmp_path: Path) -> None:
    project, data_dir = small_project(tmp_path), tmp_path / "var"
    (project / "golden" / "needs.csv").unlink()
    done = train(project, data_dir)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("there is no golden/needs.csv") == 1
    assert "golden" not in train(project, data_dir).stderr


def archive(**files: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{name}.json")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"of another time", "can not be loaded"),
        (archive()[:20], "Compressed file ended"),
        (archive(metadata=b"{"), "Failed to read json"),
        (archive(fingerprint=b'{"version": "2.8"}'), "trained using Rasa Open Source 2.8"),
    ],
)
def test_model_that_cannot_be_loaded_any_more_refuses_nothing(
    tmp_path: Path, content: bytes, why: str
) -> None:
    project, data_dir = small_project(tmp_path), tmp_path / "var"
    (data_dir / "models").mkdir(parents=True)
    (data_dir / "models" / "0123456789abcdef.tar.gz").write_bytes(content)
    found = told(train(project, data_dir, "--json"))
    assert found["switched_in"]
    assert "0123456789abcdef.tar.gz cannot be loaded any more" in found["notes"][0]
    assert why in found["notes"][0]


def test_worse_model_replaces_one_that_cannot_be_loaded_and_that_is_said(tmp_path: Path) -> None:
    project, data_dir = small_project(tmp_path), tmp_path / "var"
    first = told(train(project, data_dir, "--json"))["model"]
    (data_dir / "models" / first).write_bytes(b"of another time")
    write_examples(project, {SWAPPED.get(need, need): texts for need, texts in EXAMPLES.items()})
    found = told(train(project, data_dir, "--json"))
    assert found["switched_in"]
    assert f"{first} cannot be loaded any more" in found["notes"][0]
    assert "macro F1 in en fell" in found["reasons"][0]


def test_what_nobody_foresaw_leaves_the_model_and_its_traceback(tmp_path: Path) -> None:
    project, data_dir = small_project(tmp_path), tmp_path / "var"
    (data_dir / "models").mkdir(parents=True)
    kept = data_dir / "models" / "0123456789abcdef.tar.gz"
    kept.write_bytes(archive(metadata=b"{}"))
    done = train(project, data_dir)
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert "KeyError: 'trained_at'" in done.stderr
    assert "error: Training failed, the model in use stays" in done.stderr
    assert [*(data_dir / "models").glob("*.tar.gz")] == [kept]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\nhello,\n", "golden/needs.csv:2: text or label is missing"),
        ("words,need\nhello,greet\n", "golden/needs.csv:1: the header"),
        ("text,label\nhello,greet\nhi,gret\n", "golden/needs.csv:3: gret is no need of domain.yml"),
        ("text,label,must\nhello,greet,perhaps\n", "golden/needs.csv:2: write"),
        ("text,label\nhello, you,greet\n", "golden/needs.csv:2: more cells"),
        ("text,label\n", "there is no row"),
    ],
)
def test_bad_golden_set_is_named_before_anything_is_trained(
    tmp_path: Path, content: str, message: str
) -> None:
    project = small_project(tmp_path)
    (project / "golden" / "needs.csv").write_text(content)
    done = train(project, tmp_path / "var")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert message in done.stderr
    assert list((tmp_path / "var").rglob("*.tar.gz")) == []


def test_old_models_go_and_the_one_in_use_stays(tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    paths = [tmp_path / f"{number}.tar.gz" for number in range(6)]
    for age, path in enumerate(reversed(paths)):
        path.write_bytes(b"")
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    store.use(paths[0])
    store.prune()
    assert {path.name for path in tmp_path.glob("*.tar.gz")} == {
        "0.tar.gz", "3.tar.gz", "4.tar.gz", "5.tar.gz"
    }  # fmt: skip
    assert store.in_use() == paths[0]
