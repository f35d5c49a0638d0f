"""What a text says, read for comparing: its words, and its facts apart.

Facts are numbers, amounts, times, dates and weekdays; negations are counted beside them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.entity_words import LanguageWords
from bot.words import Words

SHORTEST_NAME = 4  # of a month or weekday: "may" and "mar" are other words as well
FACT = "0"
_CODE = re.compile(r"^[ \t]*(```|~~~).*?^[ \t]*\1[^\n]*$", re.MULTILINE | re.DOTALL)
_NOT_SAID = re.compile(
    r"\]\([^()\s]*(?:\s[^()]*)?\)|<[a-z/!][^<>]*>|^\s*\d+[.)]\s|\\(?=[^\w\s])",
    re.IGNORECASE | re.MULTILINE,
)
_ONLY_LINK = re.compile(r"[\s\-*+]*\[[^\]]*\]\([^)]*\)\s*")
_TOKEN = re.compile(
    r"[€$£]?\s?\d+(?:[.,:/\-]\d+)*(?:\s?%|[^\W\d_]{1,3})?(?![^\W_])|[^\W_]+(?:['’.][^\W_]+)*"
)
_END = re.compile(r"""(?<=[.!?…])["'”’)\]]*\s+|\n[ \t]*\n\s*|\n[ \t]*(?=[-*+|>]\s|\d+[.)]\s|\|)""")


@dataclass(frozen=True)
class Statement:
    """A text without its facts (`FACT` stands for each), the facts, and its negations."""

    words: tuple[str, ...]
    facts: Counter[str]
    negations: Counter[str]

    @property
    def length(self) -> int:
        """How many words it has that are no facts."""
        return sum(word != FACT for word in self.words)

    def same_facts(self, other: Statement) -> bool:
        return self.facts == other.facts and self._negative == other._negative

    @property
    def _negative(self) -> int:
        return self.negations.total()

    def only_here(self, other: Statement) -> Sequence[str]:
        """Return the facts that the other does not have; negations if it has more or fewer."""
        facts = self.facts - other.facts
        if self._negative != other._negative:
            facts += self.negations - other.negations
        return sorted(facts)

    def other_words(self, other: Statement) -> float:
        """Return which share of the words of both, facts apart, only one of them has."""
        ours, theirs = Counter(self.words), Counter(other.words)
        apart = (ours - theirs).total() + (theirs - ours).total()
        return apart / max(1, len(self.words) + len(other.words))


class Reader:
    """Reads texts of one language by its words for numbers, days and negations."""

    def __init__(self, dates: LanguageWords, words: Words) -> None:
        named = [names for names in (*dates.weekdays, *dates.months) if names]
        self._facts: Mapping[str, str] = {
            **{name: names[0] for names in named for name in names if len(name) >= SHORTEST_NAME},
            **{word: str(value) for word, value in dates.numbers.items() if value > 1},
        }
        self._negations = frozenset(words.negations)

    def read(self, markdown: str) -> Statement:
        """Return what is said; code and addresses are not."""
        text = _NOT_SAID.sub(" ", without_code(markdown)).replace("’", "'").casefold()
        words: list[str] = []
        facts: Counter[str] = Counter()
        negations: Counter[str] = Counter()
        for token in _TOKEN.findall(text):
            plain = "".join(token.split())
            if plain in self._negations:
                negations[plain] += 1
            elif plain in self._facts or plain.lstrip("€$£")[0].isdigit():
                facts[self._facts.get(plain, plain)] += 1
                words.append(FACT)
            else:
                words.append(plain)
        return Statement(tuple(words), facts, negations)


def without_code(markdown: str) -> str:
    """Return a text with its code blocks blank; every other place stays where it is."""
    return _CODE.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), markdown)


def sentences_of(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield sentences, list items and rows of tables with their places; code has none."""
    text = without_code(markdown)
    ends = list(_END.finditer(text))
    starts = [0, *(end.end() for end in ends)]
    stops = [*(end.start() for end in ends), len(text)]
    for start, stop in zip(starts, stops, strict=True):
        if text[start:stop].strip():
            yield start, text[start:stop]


def is_prose(sentence: str) -> bool:
    """Tell a sentence from a row of a table and from an item that is only a link."""
    return "|" not in sentence and not _ONLY_LINK.fullmatch(sentence)
