"""Marks the words that were asked for in what was found."""

from __future__ import annotations

import html
import re

from markupsafe import Markup

from bot.knowledge.terms import Terms

_TAG = re.compile(r'(<(?:[^<>"]|"[^"]*")*>)')
_WORD = re.compile(r"([^\W_]+)")


class Marker:
    """Puts `<mark>` around the words of a question, and around other forms of them.

    `has_marked` says whether it has found any yet.
    """

    def __init__(self, question: str, language: str) -> None:
        self._terms = Terms(language)
        self._asked = frozenset(self._terms.of_question(question))
        self._known: dict[str, bool] = {}

    @property
    def has_marked(self) -> bool:
        return any(self._known.values())

    def asks_for(self, text: str) -> bool:
        """Say whether a text has a word that was asked for."""
        return any(map(self._is_asked, _WORD.findall(text)))

    def words(self, text: str) -> Markup:
        """Return plain words as HTML, marked."""
        parts = _WORD.split(text)
        return Markup("").join(_marked(part) if self._is_asked(part) else part for part in parts)

    def html(self, clean: str) -> Markup:
        """Return HTML that was cleaned, with the words between its tags marked."""
        parts = _TAG.split(clean)
        return Markup("").join(
            Markup(part) if place % 2 else self.words(html.unescape(part))  # noqa: S704  # clean
            for place, part in enumerate(parts)
        )

    def _is_asked(self, word: str) -> bool:
        if word not in self._known:
            self._known[word] = not self._asked.isdisjoint(self._terms.of_question(word))
        return self._known[word]


def _marked(word: str) -> Markup:
    return Markup("<mark>{}</mark>").format(word)
