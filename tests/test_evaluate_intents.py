"""`askfirst evaluate intents`: the project's pipeline on files of somebody else's."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.small_project import EXAMPLES, GOLDEN_ROWS
from tests.test_cli import result, run

KEYS = {
    "accuracy",
    "macro_f1",
    "in_scope_accuracy",
    "out_of_scope_recall",
    "out_of_scope_auroc",
    "train_seconds",
    "ms_per_message",
}
# Names that Rasa would take apart or refuse in its own files.
NAMES = {"find_price": "Prices & costs", "greet": "talk/hello", "out_of_scope": "oos"}


def write(path: Path, rows: Sequence[tuple[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


def renamed_files(folder: Path) -> tuple[Path, Path]:
    train = [(text, NAMES[need]) for need, texts in EXAMPLES.items() for text in texts]
    test = [(text, NAMES[need]) for text, need, _ in GOLDEN_ROWS]
    return write(folder / "train.csv", train), write(folder / "test.csv", test)


def evaluated(train: Path, test: Path, *options: str) -> Any:
    return result(
        "evaluate", "intents", "--train", str(train), "--test", str(test), *options, "--json",
        data_dir=train.parent,
    )  # fmt: skip


def test_the_named_figures_are_printed_and_labels_may_be_anything(tmp_path: Path) -> None:
    found = evaluated(*renamed_files(tmp_path))
    assert set(found) >= KEYS
    assert found["in_scope_accuracy_without_rejection"] == 1.0
    assert found["out_of_scope_auroc"] > 0.8
    assert (found["train_rows"], found["test_rows"]) == (30, 9)
    assert found["train_seconds"] > 0
    assert found["ms_per_message"] > 0


def test_rasa_yaml_gives_the_same_as_csv_and_no_stranger_gives_no_auroc(tmp_path: Path) -> None:
    needs = [need for need in EXAMPLES if need != "out_of_scope"]
    blocks = [
        {"intent": need, "examples": "".join(f"- {text}\n" for text in EXAMPLES[need])}
        for need in needs
    ]
    yml = tmp_path / "train.yml"
    yml.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}))
    rows = write(tmp_path / "train.csv", [(t, need) for need in needs for t in EXAMPLES[need]])
    test = write(tmp_path / "test.csv", [(t, n) for t, n, _ in GOLDEN_ROWS if n in needs])
    first, second = evaluated(yml, test), evaluated(rows, test)
    for found in (first, second):
        assert (found.pop("out_of_scope_auroc"), found.pop("out_of_scope_recall")) == (None, None)
        del found["train_seconds"], found["ms_per_message"]
    assert first == second


def test_share_to_reject_reaches_the_classifier(tmp_path: Path) -> None:
    train, test = renamed_files(tmp_path)
    found = evaluated(train, test, "--reject", "0.3")
    assert found["in_scope_rejected"] <= 1.0
    done = run(
        "evaluate", "intents", "--train", str(train), "--test", str(test), "--reject", "2",
        data_dir=tmp_path,
    )  # fmt: skip
    assert (done.returncode, "--reject" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("f.csv", b"text,label\nhello,greet\nhello,\n", "f.csv:3: text or label is missing"),
        ("f.csv", b"a,b\n1,2\n", "f.csv:1: the header must name text and label"),
        ("f.csv", b"text,label\nhello,greet\nhi\xff,greet\n", "f.csv:3: this is not UTF-8"),
        ("f.csv", b"text,label\nhello, you,greet\n", "f.csv:2: more cells than the header"),
        ("f.csv", b"text,label\n", "there is no row"),
        ("f.csv", b"text,label\nhello,greet\n", "two labels or more"),
        ("f.yml", b"nlu:\n- intent: [\n", "f.yml"),
        ("f.yml", b"version: '3.1'\nnlu: []\n", "no example"),
    ],
)
def test_bad_file_is_one_line_that_names_it(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    bad = tmp_path / name
    bad.write_bytes(content)
    good = write(tmp_path / "good.csv", [("hello", "greet"), ("what is it", "find_price")])
    done = run("evaluate", "intents", "--train", str(bad), "--test", str(good), data_dir=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert message in done.stderr
