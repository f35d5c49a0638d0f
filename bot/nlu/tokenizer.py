"""spaCy's tokenizers, one a language, as a Rasa component."""

from __future__ import annotations

from functools import partial
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language

from bot.nlu.language import choose_language
from bot.nlu.vocabulary import Forgetful
from bot.settings import load_settings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class LanguageTokenizer(Tokenizer):
    """Tokenizes by the rules of the language a text is written in; the first is the default.

    Its languages are those of the setting `languages`; `languages: [en, nl]` in `config.yml`
    names others. A language spaCy does not know is tokenized like any other text.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
            "languages": None,
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy"]

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._languages: list[str] = list(config["languages"] or load_settings().languages)
        self._pipelines: dict[str, Forgetful[Language]] = {
            language: Forgetful(partial(_pipeline, language)) for language in self._languages
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageTokenizer:
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of one attribute; white space is no token."""
        text = str(message.get(attribute))
        language = choose_language(text, self._languages, self._languages[0])
        if attribute == TEXT:
            message.set("language", language)  # the featurizer picks encoders by it
        tokens = [
            Token(token.text, token.idx)
            for token in self._pipelines[language].get().make_doc(text)
            if not token.is_space
        ]
        return list(self._apply_token_pattern(tokens))


def _pipeline(language: str) -> Language:
    try:
        return spacy.blank(language)
    except ImportError:  # how spaCy says that it has no rules for a language
        return spacy.blank("xx")
