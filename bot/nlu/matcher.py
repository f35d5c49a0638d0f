"""Finds what help needs in a message: numbers, addresses, amounts, dates, the owner's products."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.entity_words import EntityWords, load_entity_words
from bot.nlu.recogniser import Recogniser, as_rasa
from bot.nlu.vocabulary import Forgetful
from bot.settings import load_settings

WORDS = "entities.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class HelpMatcher(GraphComponent, EntityExtractorMixin):
    """Adds `email`, `phone`, `order_number`, `amount`, `date` and `product` entities.

    A product's value is its name in the owner's list, whatever the visitor called it. A date
    has `when` beside it, which `bot.days.resolve` reads. Training keeps the words and the
    list in the model.
    """

    def __init__(self, words: EntityWords, storage: ModelStorage, resource: Resource) -> None:
        self._words, self._storage, self._resource = words, storage, resource
        self._recogniser = Forgetful(lambda: Recogniser(words))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> HelpMatcher:
        settings = load_settings()
        words = load_entity_words(settings.project_dir, settings.products)
        return cls(words, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_options: Any,
    ) -> HelpMatcher:
        with model_storage.read_from(resource) as folder:
            words = EntityWords.model_validate_json((folder / WORDS).read_text("utf-8"))
        return cls(words, model_storage, resource)

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy"]

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the words and the products in the model; nothing is learned from examples."""
        with self._storage.write_to(self._resource) as folder:
            (folder / WORDS).write_text(self._words.model_dump_json(), "utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities found to each message."""
        for message in messages:
            recogniser = self._recogniser.get()
            found = [dict(as_rasa(one)) for one in recogniser.find(str(message.get(TEXT) or ""))]
            known = message.get(ENTITIES, [])
            message.set(ENTITIES, known + self.add_extractor_name(found), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data
