"""The passage as it is read: the sentences that answer, and where a long one is cut."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.knowledge.terms import Terms
from bot.knowledge.units import Span, units_of

# Words that a medium shows of a passage. A little more is shown rather than cut off.
WEB_WORDS, PLAIN_WORDS, TOLERANCE = 250, 90, 1.2
FEWEST_UNITS = 3
NEARLY_BEST = 0.75
LONG_WORDS, LONG_SHARE, SHORT_SHARE = 60, 1 / 3, 1 / 2


class Asked:
    """The terms of a question, to be found in texts of one language. Lives for one answer."""

    def __init__(self, question: str, language: str) -> None:
        self._terms = Terms(language)
        self._asked = frozenset(self._terms.of_question(question))

    def found_in(self, text: str) -> frozenset[str]:
        """Return which of the question's terms a text has."""
        return self._asked.intersection(self._terms.of(text))


def answering(markdown: str, asked: Asked) -> tuple[Span, ...]:
    """Return the sentences, list items and table rows that match a question best.

    They are places in the Markdown, in order, never a large part of it; nothing when the
    passage is short or nothing stands out. Terms that are everywhere in it count for little.
    """
    parts = units_of(markdown).parts
    if len(parts) < FEWEST_UNITS:
        return ()
    found = [asked.found_in(markdown[start:end]) for start, end in parts]
    spread = Counter(term for terms in found for term in terms)
    weight = {term: math.log(len(parts) / count) for term, count in spread.items()}
    scores = [sum(weight[term] for term in terms) for terms in found]
    best = max(scores)
    near = [
        part
        for part, score in zip(parts, scores, strict=True)
        if best > 0 and score >= NEARLY_BEST * best
    ]
    return tuple(near) if _is_small(markdown, near, parts) else ()


def _is_small(markdown: str, some: Sequence[Span], parts: Sequence[Span]) -> bool:
    total, marked = _words(markdown, parts), _words(markdown, some)
    return marked <= total * (LONG_SHARE if total > LONG_WORDS else SHORT_SHARE)


def _words(markdown: str, parts: Sequence[Span]) -> int:
    return sum(len(markdown[start:end].split()) for start, end in parts)


@dataclass(frozen=True)
class Cut:
    """What is shown of a passage, word for word: `text == passage[start:start + len(text)]`."""

    text: str
    start: int
    whole: bool

    def inside(self, spans: Sequence[Span]) -> tuple[Span, ...]:
        """Return those places of the passage that are shown, as places in what is shown."""
        end = self.start + len(self.text)
        return tuple(
            (a - self.start, b - self.start) for a, b in spans if self.start <= a < b <= end
        )


def cut(markdown: str, most: int, spans: Sequence[Span] = ()) -> Cut:
    """Cut a passage to about `most` words at the end of a sentence, list item or table row.

    It begins at the start, or, if the first of `spans` would be cut off, with a border before
    that. What announces something ("do this:") is not the end. Code is never cut: a passage
    that is nothing else stays whole.
    """
    if len(markdown.split()) <= most * TOLERANCE:
        return Cut(markdown, 0, whole=True)
    borders = [end for end in units_of(markdown).borders if not _announces(markdown, end)]
    end = _last_within(markdown, 0, borders, most)
    start = 0
    if spans and spans[0][1] > end and not _is_table_at(markdown, spans[0][0]):
        before = [border for border in borders if border <= spans[0][0]]
        start = _skip_space(markdown, before[-1]) if before else 0
        end = _last_within(markdown, start, borders, most)
    return Cut(markdown[start:end], start, whole=start == 0 and end == len(markdown))


def _last_within(markdown: str, start: int, borders: Sequence[int], most: int) -> int:
    """Return the last border that a text from `start` reaches, at least the first one."""
    after = [border for border in borders if border > start] or [len(markdown)]
    found = after[0]
    for border in after[1:]:
        if len(markdown[start:border].split()) > most:
            break
        found = border
    return found


def _announces(markdown: str, end: int) -> bool:
    return markdown[max(0, end - 6) : end].rstrip("*_ ").endswith(":")


def _skip_space(markdown: str, start: int) -> int:
    """Return where the next line with words starts; indentation stays, it carries meaning."""
    blank = len(markdown[start:]) - len(markdown[start:].lstrip())
    line = markdown.rfind("\n", start, start + blank) + 1
    return line if line > start else start + blank


def _is_table_at(markdown: str, place: int) -> bool:
    """Rows without the head of their table say nothing: a table is shown from its start."""
    line = markdown[markdown.rfind("\n", 0, place) + 1 :].partition("\n")[0]
    return "|" in line
