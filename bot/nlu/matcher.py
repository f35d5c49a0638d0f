"""Finds what help needs in a message: e-mail addresses, phone numbers, order numbers."""

from __future__ import annotations

from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

_ORDER_WORDS = [
    "order", "orders", "ordernumber", "ticket", "case", "booking", "reservation", "invoice",
    "reference", "ref", "bestelling", "bestelnummer", "ordernummer", "reservering", "boeking",
    "factuur", "factuurnummer", "zaaknummer", "referentie", "dossier",
]  # fmt: skip
_FILLERS = [
    "number", "no", "no.", "nr", "nr.", "nummer", "code", "id", "is", ":", "#", "-",
]  # fmt: skip
_NUMBER_SHAPE = r"(?i)^#?[a-z]{0,4}-?\d[\da-z-]{3,}$"

PATTERNS: dict[str, list[list[dict[str, Any]]]] = {
    "email": [[{"LIKE_EMAIL": True}]],
    "order_number": [
        [
            {"LOWER": {"IN": _ORDER_WORDS}},
            {"LOWER": {"IN": _FILLERS}, "OP": "{0,3}"},
            {"TEXT": {"REGEX": _NUMBER_SHAPE}},
        ],
        [
            {"LOWER": {"IN": _ORDER_WORDS}},
            {"LOWER": {"IN": _FILLERS}, "OP": "{0,3}"},
            {"TEXT": {"REGEX": _NUMBER_SHAPE}},
            {"TEXT": "-"},
            {"TEXT": {"REGEX": r"^\d[\da-zA-Z]*$"}},
        ],
        [{"TEXT": {"REGEX": r"^[A-Z]{2,4}-?\d{4,}$"}}],
    ],
    "phone": [
        [{"TEXT": {"REGEX": r"^(\+|00)\d{6,}$"}}],
        [
            {"TEXT": {"REGEX": r"^(\+|00)\d{1,3}$"}},
            {"TEXT": {"REGEX": r"^[\d-]{2,}$"}, "OP": "{1,6}"},
        ],
        [{"TEXT": "+"}, {"TEXT": {"REGEX": r"^[\d-]{2,}$"}, "OP": "{1,6}"}],
        [{"TEXT": {"REGEX": r"^0\d{1,3}-?\d{6,8}$"}}],
        [{"TEXT": {"REGEX": r"^0\d{1,3}$"}}, {"TEXT": {"REGEX": r"^[\d-]{2,}$"}, "OP": "{1,5}"}],
    ],
}  # fmt: skip


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class HelpMatcher(GraphComponent, EntityExtractorMixin):
    """Adds `email`, `phone` and `order_number` entities, by spaCy's token matcher."""

    def __init__(self) -> None:
        self._nlp = spacy.blank("en")
        self._matcher = Matcher(self._nlp.vocab)
        for label, patterns in PATTERNS.items():
            self._matcher.add(label, patterns, greedy="LONGEST")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> HelpMatcher:
        return cls()

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities found to each message."""
        for message in messages:
            found = self.find(str(message.get(TEXT) or ""))
            known = message.get(ENTITIES, [])
            message.set(ENTITIES, known + self.add_extractor_name(found), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def find(self, text: str) -> list[dict[str, Any]]:
        """Return entities as Rasa writes them: start, end, value, entity; none overlap."""
        doc = self._nlp.make_doc(text)
        spans = [
            Span(doc, start, end, label=match_id) for match_id, start, end in self._matcher(doc)
        ]
        return [_to_entity(doc, span) for span in filter_spans(spans)]


def _to_entity(doc: Doc, span: Span) -> dict[str, Any]:
    # of "order number 12345" the number is the entity, the words are its context
    numbered = (place for place, token in enumerate(span) if any(map(str.isdigit, token.text)))
    value = span[next(numbered, 0) :] if span.label_ == "order_number" else span
    return {
        "start": value.start_char,
        "end": value.end_char,
        "value": value.text.lstrip("#"),
        "entity": span.label_,
        "confidence": 1.0,
    }
