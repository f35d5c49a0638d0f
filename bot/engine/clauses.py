"""What a message is made of: its prose without pasted logs, and the clauses that prose says.

Two needs in one message mostly stand in two sentences, or on both sides of an "and". Where a
sentence is cut is a guess; `routing` decides what a clause is worth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import spacy
from spacy.language import Language
from spacy.tokens import Span, Token

from bot.words import all_of

MARKS = frozenset({",", ";", ":", "-", "–", "—", "..."})
# A shorter piece is no clause ("bread and butter"); only the first may be ("thanks, ...").
CLAUSE_WORDS = 3
# A message of more sentences than this says each thing in a sentence of its own.
FEW_SENTENCES = 4
# What is understood of a long mail: its first sentences and its last, where requests stand.
MOST_CLAUSES = 12
# From this length on, lines that are no prose (logs, tables, code) don't count for the need.
LONG_TEXT = 300
PROSE_SHARE = 0.6
SHOUTED_LETTERS, SHOUTED_SHARE = 8, 0.8

_PARAGRAPHS = re.compile(r"\n\s*\n")
_EDGES = "\"'“”‘’()[]*_.,;:!?…"


@dataclass(frozen=True)
class Clause:
    """A piece of a message; `sentence` when it is a whole one, not a part cut out of it."""

    text: str
    sentence: bool


def clauses_of(text: str) -> tuple[Clause, ...]:
    """Return the clauses of a message in order; none when it is one clause by itself."""
    pipeline = _pipeline()
    paragraphs = _PARAGRAPHS.split(text)
    sentences = [
        found
        for paragraph in paragraphs
        for found in pipeline(" ".join(paragraph.split())).sents
        if any(_is_word(token) for token in found)
    ]
    if len(sentences) > FEW_SENTENCES:
        return tuple(Clause(found.text, sentence=True) for found in _ends(sentences))
    joining = frozenset(all_of("joining"))  # none in a language: it is cut at marks alone
    clauses = [clause for found in sentences for clause in _cut(found, joining)]
    return tuple(clauses[:MOST_CLAUSES]) if len(clauses) > 1 else ()


def prose_of(text: str) -> str:
    """Return a long text without the lines that are no prose; a text without any, as it is."""
    if len(text) < LONG_TEXT:
        return text
    lines = [line for line in text.splitlines() if not line.strip() or _is_prose(line)]
    kept = "\n".join(lines).strip()
    return kept or text


def calm(text: str) -> str:
    """Return a shouted text in small letters, any other as it is."""
    letters = [letter for letter in text if letter.isalpha()]
    upper = sum(letter.isupper() for letter in letters)
    shouted = len(letters) >= SHOUTED_LETTERS and upper > SHOUTED_SHARE * len(letters)
    return text.lower() if shouted else text


@lru_cache(maxsize=1)
def _pipeline() -> Language:
    """Return spaCy's sentence finder with the rules all languages share; it is small and quick."""
    pipeline = spacy.blank("xx")
    pipeline.add_pipe("sentencizer")
    return pipeline


def _ends(sentences: Sequence[Span]) -> Sequence[Span]:
    if len(sentences) <= MOST_CLAUSES:
        return sentences
    half = MOST_CLAUSES // 2
    return [*sentences[:half], *sentences[-half:]]


def _cut(sentence: Span, joining: frozenset[str]) -> Iterator[Clause]:
    """Yield the pieces of a sentence between marks and joining words."""
    doc, starts = sentence.doc, [sentence.start]
    for token in sentence:
        if _joins(token, joining) and _words(doc[starts[-1] : token.i], joining):
            starts.append(token.i)
    pieces: list[Span] = []
    for start, end in zip(starts, [*starts[1:], sentence.end], strict=True):
        if pieces and _words(doc[start:end], joining) < CLAUSE_WORDS:
            start = pieces.pop().start
        pieces.append(doc[start:end])
    for piece in pieces:
        yield Clause(_without_joint(piece, joining), sentence=len(pieces) == 1)


def _without_joint(piece: Span, joining: frozenset[str]) -> str:
    start = piece.start
    while start < piece.end - 1 and _joins(piece.doc[start], joining):
        start += 1
    return str(piece.doc[start : piece.end].text)


def _joins(token: Token, joining: frozenset[str]) -> bool:
    return token.text in MARKS or token.lower_ in joining


def _words(piece: Span, joining: frozenset[str]) -> int:
    return sum(_is_word(token) and token.lower_ not in joining for token in piece)


def _is_word(token: Token) -> bool:
    return any(letter.isalnum() for letter in token.text)


def _is_prose(line: str) -> bool:
    """Tell whether most of a line's words are made of letters only."""
    words = [word.strip(_EDGES).replace("'", "").replace("-", "") for word in line.split()]
    return sum(word.isalpha() for word in words) >= PROSE_SHARE * len(words)
