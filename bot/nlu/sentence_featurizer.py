"""Gives every message its meaning as one dense vector, by the encoders that read its language."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.encoder import Encoder, shared_encoder

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Reader:
    """An encoder and the languages it reads; none named means every language."""

    encoder: Encoder
    languages: frozenset[str]

    def reads(self, language: str | None) -> bool:
        return not self.languages or language is None or language in self.languages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """A dense sentence feature of fixed width: one encoder's row beside the other's.

    The columns of an encoder that does not read a message's language are zero. Intents get the
    vector of their name's words, as one more thing that is known about them. Option
    `encoders`: a list of `model` (`minilm`, `multilingual` or an ONNX file of the same shape
    with its `tokenizer` file) with, optionally, the `languages` it reads.
    """

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._readers = [_reader(entry) for entry in config["encoders"]]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceFeaturizer:
        return cls(config, execution_context.node_name or cls.__name__)

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raise `InvalidConfigException` for an encoder without `model`, and for none."""
        entries = config["encoders"]
        if not isinstance(entries, list) or not entries:
            raise InvalidConfigException("`encoders` must be a list with a `model` in each entry")
        for entry in entries:
            if not isinstance(entry, Mapping) or "model" not in entry:
                raise InvalidConfigException("every entry of `encoders` needs `model`")

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        encoders = [{"model": "minilm", "languages": ["en"]}, {"model": "multilingual"}]
        return {**DenseFeaturizer.get_default_config(), "encoders": encoders}

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the feature to each message that has a text."""
        with_text = [message for message in messages if message.get(TEXT)]
        self._featurize(with_text, threads=1)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features of all examples, with all cores, and of their intents."""
        examples = [message for message in training_data.training_examples if message.get(TEXT)]
        self._featurize(examples, threads=os.cpu_count() or 1)
        self._featurize_intents(examples)
        return training_data

    def _featurize(self, messages: Sequence[Message], *, threads: int) -> None:
        languages = [message.get("language") for message in messages]
        rows = self._encode([str(message.get(TEXT)) for message in messages], languages, threads)
        for message, row in zip(messages, rows, strict=True):
            message.add_features(self._feature(row, TEXT))

    def _featurize_intents(self, messages: Sequence[Message]) -> None:
        names = sorted({str(message.get(INTENT)) for message in messages if message.get(INTENT)})
        rows = self._encode([words_of(name) for name in names], [None] * len(names), 1)
        features = {name: self._feature(row, INTENT) for name, row in zip(names, rows, strict=True)}
        for message in messages:
            if message.get(INTENT):
                message.add_features(features[str(message.get(INTENT))])

    def _encode(
        self, texts: Sequence[str], languages: Sequence[str | None], threads: int
    ) -> Floats:
        width = sum(reader.encoder.width for reader in self._readers)
        rows, start = np.zeros((len(texts), width), np.float32), 0
        for reader in self._readers:
            end = start + reader.encoder.width
            read = [at for at, language in enumerate(languages) if reader.reads(language)]
            if read:
                found = reader.encoder.encode([texts[at] for at in read], threads=threads)
                rows[read, start:end] = found
            start = end
        return rows

    def _feature(self, row: Floats, attribute: str) -> Features:
        return Features(row[None, :], FEATURE_TYPE_SENTENCE, attribute, self._identifier)


def words_of(name: str) -> str:
    """Return the words of an intent's name: `check_status` is "check status"."""
    return " ".join(name.replace("_", " ").replace("-", " ").split())


def _reader(entry: Mapping[str, Any]) -> Reader:
    encoder = shared_encoder(str(entry["model"]), entry.get("tokenizer"))
    return Reader(encoder, frozenset(entry.get("languages") or ()))
