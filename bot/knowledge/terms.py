"""Turns text into the terms that are searched: words in lower case, cut to their stem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import Stemmer
from bm25s import stopwords

from bot.words import Words, words_in_use

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_NOT_READ = re.compile(r"\]\([^()\s]*(?:\s[^()]*)?\)|<[a-z/!][^<>]*>|https?://\S+", re.IGNORECASE)
_WORDS_DIR = Path(__file__).parent / "words"
_SHIPPED: dict[str, Sequence[str]] = {
    "da": stopwords.STOPWORDS_DANISH,
    "de": stopwords.STOPWORDS_GERMAN,
    "en": stopwords.STOPWORDS_EN_PLUS,
    "es": stopwords.STOPWORDS_SPANISH,
    "fr": stopwords.STOPWORDS_FRENCH,
    "it": stopwords.STOPWORDS_ITALIAN,
    "nl": stopwords.STOPWORDS_DUTCH,
    "no": stopwords.STOPWORDS_NORWEGIAN,
    "pt": stopwords.STOPWORDS_PORTUGUESE,
    "ru": stopwords.STOPWORDS_RUSSIAN,
    "sv": stopwords.STOPWORDS_SWEDISH,
    "tr": stopwords.STOPWORDS_TURKISH,
}


@dataclass(frozen=True)
class WordList:
    """What a language's word list says: words without a topic, and pairs that are one word."""

    stop: frozenset[str] = frozenset()
    joined: frozenset[tuple[str, str]] = frozenset()


@cache
def word_list(language: str) -> WordList:
    """Return the word list of a language: what bm25s ships, and what files of words add.

    That is `words/<language>.txt` here, and `no_topic` in the project's `texts/words/`.
    """
    shipped = (*_SHIPPED.get(language, ()), *words_in_use().get(language, Words()).no_topic)
    path = _WORDS_DIR / f"{language}.txt"
    if not re.fullmatch(r"\w+", language) or not path.exists():
        return WordList(frozenset(shipped))
    lines = path.read_text(encoding="utf-8").splitlines()
    own = {word for line in lines if line[:1] not in "#+" for word in line.split()}
    pairs = [pair.split() for line in lines if line[:1] == "+" for pair in line[1:].split(",")]
    return WordList(frozenset(own.union(shipped)), frozenset((one, two) for one, two in pairs))


class Terms:
    """Makes terms of one language. Remembers the stems of an index; threads may share it."""

    def __init__(self, language: str) -> None:
        self.language = language
        words = word_list(language)
        self._stop = words.stop
        self._joined = words.joined
        self._seconds = frozenset(second for _, second in words.joined)
        self._stems: dict[str, str] = {}

    def of(self, text: str) -> list[str]:
        """Return the terms of a text in order, without stop words, with repetitions."""
        words = self._words(text)
        self._learn(words)
        return [self._stems[word] for word in words]

    def of_question(self, text: str) -> list[str]:
        """Return each term of a question once. Remembers nothing: a visitor's words stay out."""
        words = self._words(text)
        stems = dict(zip(words, self._stem(words), strict=True))
        return list(dict.fromkeys(stems.values()))

    def _words(self, text: str) -> list[str]:
        plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower()
        found = self._join(_WORD.findall(_NOT_READ.sub(" ", plain)))
        stop = self._stop
        return [word for word in found if word not in stop and word.partition("'")[0] not in stop]

    def _join(self, words: list[str]) -> list[str]:
        """Write "log in", "logging in" and "log-in" as "login"."""
        if self._seconds.isdisjoint(words):
            return words
        joined: list[str] = []
        for word in words:
            first = self._stem(joined[-1:])[0] if joined and word in self._seconds else ""
            if (first, word) in self._joined:
                joined[-1] = first + word
            else:
                joined.append(word)
        return joined

    def _learn(self, words: Iterable[str]) -> None:
        new = list(set(words).difference(self._stems))
        self._stems.update(zip(new, self._stem(new), strict=True))

    def _stem(self, words: list[str]) -> list[str]:
        """Stem with a stemmer of its own: they must not be shared by threads."""
        try:
            stemmed: list[str] = Stemmer.Stemmer(self.language).stemWords(words)
        except KeyError:
            return words
        return stemmed
