"""spaCy's tokenizers, one a language, as a Rasa component."""

from __future__ import annotations

from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language

from bot.nlu.language import choose_language


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class LanguageTokenizer(Tokenizer):
    """Tokenizes by the rules of the language a text is written in; the first is the default.

    Configure with `languages: [en, nl]`; any language spaCy knows will do.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
            "languages": ["en", "nl"],
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy"]

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._languages: list[str] = list(config["languages"])
        self._pipelines: dict[str, Language] = {
            language: spacy.blank(language) for language in self._languages
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
        tokens = [
            Token(token.text, token.idx)
            for token in self._pipelines[language].make_doc(text)
            if not token.is_space
        ]
        return list(self._apply_token_pattern(tokens))
