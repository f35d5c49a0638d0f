"""Tells the need: a linear head over the n-grams of words (by their language's tokens) and letters.

It makes its own features: as Rasa features on every message they would be fingerprinted,
stacked and cached one by one, which made training ten times slower.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.linear_head import LinearHead

RANKING_LENGTH = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedClassifier(GraphComponent, IntentClassifier):
    """Logistic regression, one need against the rest, over weighted n-grams.

    Sets `intent` and `intent_ranking`, as Rasa's own classifiers do. Option: `C`, the inverse
    of the penalty on large weights.
    """

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._head: LinearHead | None = None

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 20.0}

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
            component._head = LinearHead.load(folder)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example that has a need."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        if examples:
            needs = [str(message.get(INTENT)) for message in examples]
            texts = [_text(message) for message in examples]
            self._head = LinearHead.fit(texts, needs, inverse_penalty=self._config["C"])
            with self._storage.write_to(self._resource) as folder:
                self._head.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the most likely need of each message and the ranking behind it."""
        if self._head is None or not messages:
            return messages
        needs = self._head.labels
        rows = self._head.probabilities([_text(message) for message in messages])
        for message, row in zip(messages, rows, strict=True):
            order = np.argsort(row)[::-1][:RANKING_LENGTH]
            ranking = [{"name": needs[i], "confidence": float(row[i])} for i in order]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data


def _text(message: Message) -> str:
    """Return the message's tokens with a space between each."""
    tokens = message.get(TOKENS_NAMES[TEXT]) or []
    return " ".join(token.text for token in tokens)
