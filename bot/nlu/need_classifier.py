"""Tells the need of each message, with Rasa's interface: an intent and the ranking behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.need_head import Examples, NeedHead

RANKING_LENGTH = 10
KNOWN = "known"
ENOUGH = 0.5  # the scope decision is shifted so that this is its line

Floats = NDArray[np.float32]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedClassifier(GraphComponent, IntentClassifier):
    """A linear classifier over a message's dense sentence features and the n-grams of its words.

    Sets `intent` and `intent_ranking` with calibrated probabilities that sum to 1, and `known`,
    the probability that the message is a need at all. Options: `out_of_scope`, the intent whose
    examples are no need; `rejected_share`, the share of the needs' own messages that may be
    taken for one (null: chosen from the examples).
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._head: NeedHead | None = None

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"out_of_scope": "out_of_scope", "rejected_share": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NeedClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_options: Any,
    ) -> NeedClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._head = NeedHead.load(folder)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example that has a need."""
        foreign = self._config["out_of_scope"]
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        inside = [message for message in examples if message.get(INTENT) != foreign]
        outside = [message for message in examples if message.get(INTENT) == foreign]
        if inside:
            labels = sorted({str(message.get(INTENT)) for message in inside})
            self._head = NeedHead.fit(
                labels,
                _examples(inside, labels),
                _names(inside, labels),
                _examples(outside, []),
                rejected_share=self._config["rejected_share"],
            )
            with self._storage.write_to(self._resource) as folder:
                self._head.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the most likely need of each message and the ranking behind it."""
        with_text = [message for message in messages if message.get(TEXT)]
        head = self._head
        if head is None or not with_text:
            return messages
        judged = head.judge(*_inputs(with_text))
        for message, shares, known in zip(with_text, judged.shares, judged.known, strict=True):
            ranking = self._ranking(head.labels, shares, float(known))
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[:RANKING_LENGTH], add_to_output=True)
            message.set(KNOWN, float(known), add_to_output=True)
        return messages

    def _ranking(self, labels: Sequence[str], shares: Floats, known: float) -> list[dict[str, Any]]:
        """Return every need and out-of-scope with their probabilities, best first."""
        chances = zip(labels, shares * known, strict=True)
        ranking = _sorted([{"name": name, "confidence": float(chance)} for name, chance in chances])
        foreign = {"name": self._config["out_of_scope"], "confidence": 1.0 - known}
        if known < ENOUGH:
            return [foreign, *ranking]
        return [ranking[0], *_sorted([*ranking[1:], foreign])]  # a need: that was decided

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data


def _sorted(ranking: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(ranking, key=lambda found: -found["confidence"])


def _inputs(messages: Sequence[Message]) -> tuple[list[str], Floats]:
    return [_text(message) for message in messages], _rows(messages, TEXT)


def _examples(messages: Sequence[Message], labels: Sequence[str]) -> Examples:
    numbers = {label: number for number, label in enumerate(labels)}
    known = [numbers.get(str(message.get(INTENT)), -1) for message in messages]
    texts, rows = _inputs(messages)
    return Examples(texts, rows, np.array(known, np.int64))


def _names(messages: Sequence[Message], labels: Sequence[str]) -> Floats:
    """Return the vectors of the labels' names, in their order."""
    named = {str(message.get(INTENT)): message for message in messages}
    return _rows([named[label] for label in labels], INTENT)


def _rows(messages: Sequence[Message], attribute: str) -> Floats:
    if not messages:
        return np.empty((0, 0), np.float32)
    found = [message.get_dense_features(attribute, [])[1] for message in messages]
    return np.vstack([one.features for one in found if one is not None]).astype(np.float32)


def _text(message: Message) -> str:
    """Return the message's tokens with a space between each."""
    tokens = message.get(TOKENS_NAMES[TEXT]) or []
    return " ".join(token.text for token in tokens)
