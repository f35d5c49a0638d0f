"""The outline of an article's body: headings with anchors, and the slices to quote.

Laws, kept by property tests: the slices in order rejoin to the body exactly; no anchor comes
twice; a quote never cuts a table or code block, nor a list or paragraph that is not far too long.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from bot.knowledge.articles import Heading, Outline, Slice
from bot.knowledge.markdown import Anchors, block_parser, words_of

WORDS_ABOUT, WORDS_MOST, WORDS_FEW = 125, 250, 25
TOP = "top"
_LINE_END = re.compile(r"\r\n?|\n")
_NAMED_ANCHOR = re.compile(r"""<a\s+(?:name|id)=["']([^"'<>]+)["'][^<>]*>""", re.IGNORECASE)
_ONLY_ANCHORS = re.compile(r"(?:\s|<!--.*?-->|<a\s[^<>]*>|</a>)*", re.IGNORECASE | re.DOTALL)
_SENTENCE_END = re.compile(r"""(?<=[.!?])["')]*\s+(?=[^\W\d_]|[\["`])""")
_LISTS = {"bullet_list_open", "ordered_list_open"}
_NO_CONTENT = {"hr"}


@dataclass(frozen=True)
class _Piece:
    """A stretch of content that is not cut further."""

    start: int
    end: int
    words: int
    leads: bool


@dataclass
class _Section:
    """Headings that follow each other without content, and the content below the last."""

    start: int
    heading: int
    pieces: list[_Piece] = field(default_factory=list)


class _Body:
    """A body with its lines as offsets, counted as the Markdown parser counts them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def offset(self, line: int) -> int:
        return self._starts[line] if line < len(self._starts) else len(self.text)

    def span(self, token: Token) -> tuple[int, int]:
        first, last = token.map or (0, 0)
        return self.offset(first), self.offset(last)


def outline_of(text: str) -> Outline:
    """Parse a body into its headings and slices."""
    body = _Body(text)
    tokens = block_parser().parse(text)
    anchors = Anchors()
    starts_with_heading = bool(tokens) and tokens[0].type == "heading_open"
    top = "" if starts_with_heading else anchors.take(TOP)
    headings: list[Heading] = []
    sections = [_Section(0, -1)]
    for index, token in enumerate(tokens):
        if token.level or token.nesting < 0 or not token.map:
            continue
        if token.type == "heading_open":
            headings.append(_heading(token, tokens[index + 1], body, anchors))
            _open_section(sections, headings)
        elif not _is_silent(token):
            sections[-1].pieces.extend(_pieces(tokens, index, body))
    slices = _slices(sections, text)
    return Outline(top or headings[0].anchor, tuple(headings), slices, _aliases(text, headings))


def _heading(token: Token, inline: Token, body: _Body, anchors: Anchors) -> Heading:
    text = words_of(inline.content)
    return Heading(int(token.tag[1]), text, anchors.take(text), body.span(token)[0])


def _open_section(sections: list[_Section], headings: Sequence[Heading]) -> None:
    """Start a section, or let an empty one's headings stand in front of the new one's."""
    if sections[-1].pieces:
        sections.append(_Section(headings[-1].start, len(headings) - 1))
    else:
        sections[-1].heading = len(headings) - 1


def _is_silent(token: Token) -> bool:
    """Nothing of it is there to be read: rules, comments, named anchors."""
    if token.type == "html_block":
        return _ONLY_ANCHORS.fullmatch(token.content) is not None
    return token.type in _NO_CONTENT


def _pieces(tokens: Sequence[Token], index: int, body: _Body) -> list[_Piece]:
    token = tokens[index]
    start, end = body.span(token)
    words = len(body.text[start:end].split())
    if words > WORDS_MOST and token.type in _LISTS:
        starts = list(_item_starts(tokens, index, body))
    elif words > WORDS_MOST and token.type == "paragraph_open":
        starts = list(_sentence_starts(body.text, start, end))
    else:
        starts = [start]
    ends = [*starts[1:], end]
    keep_indent = token.type in _LISTS or token.type == "code_block"
    cut = [_trim(body.text, *pair, keep_indent) for pair in zip(starts, ends, strict=True)]
    return [_piece(body.text, *pair) for pair in cut if body.text[pair[0] : pair[1]].strip()]


def _item_starts(tokens: Sequence[Token], index: int, body: _Body) -> Iterator[int]:
    for token in tokens[index + 1 :]:
        if token.level == 0:
            return
        if token.level == 1 and token.type == "list_item_open":
            yield body.span(token)[0]


def _sentence_starts(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where sentences start, leaving alone ends that stand inside markup."""
    yield start
    for match in _SENTENCE_END.finditer(text, start, end):
        before = text[start : match.start()]
        balanced = before.count("[") == before.count("]") and before.count("(") == before.count(")")
        if balanced and before.count("`") % 2 == 0 and before.count("*") % 2 == 0:
            start = match.end()
            yield start


def _trim(text: str, start: int, end: int, keep_indent: bool) -> tuple[int, int]:
    """Leave out blank ends; a list's or code's own indentation carries meaning and stays."""
    end = start + len(text[start:end].rstrip())
    first = start + len(text[start:end]) - len(text[start:end].lstrip())
    if keep_indent:
        first = max(start, text.rfind("\n", start, first) + 1)
    return first, end


def _piece(text: str, start: int, end: int) -> _Piece:
    content = text[start:end]
    return _Piece(start, end, len(content.split()), content.endswith((":", ":**", ":*")))


def _slices(sections: Sequence[_Section], text: str) -> tuple[Slice, ...]:
    """Cut sections into slices; each reaches to the start of the next."""
    cuts: list[tuple[int, int, int, int]] = []
    for section in sections:
        for number, chunk in enumerate(_chunks(section.pieces)):
            start = section.start if number == 0 else chunk[0].start
            cuts.append((start, chunk[0].start, chunk[-1].end, section.heading))
    if not cuts:
        cuts.append((0, 0, 0, sections[-1].heading))
    ends = [*(cut[0] for cut in cuts[1:]), len(text)]
    return tuple(
        Slice(start, end, quote_start, quote_end, heading)
        for (start, quote_start, quote_end, heading), end in zip(cuts, ends, strict=True)
    )


def _chunks(pieces: Sequence[_Piece]) -> list[list[_Piece]]:
    """Join pieces to chunks of about 125 words; "do this:" stays with what it announces."""
    chunks: list[list[_Piece]] = []
    for piece in pieces:
        if not chunks or not _fits(chunks[-1], piece):
            carried = _carried(chunks[-1], piece) if chunks else []
            chunks.append([*carried, piece])
        else:
            chunks[-1].append(piece)
    if len(chunks) > 1 and _words(chunks[-1]) < WORDS_FEW:
        joined = [*chunks[-2], *chunks[-1]]
        chunks[-2:] = [joined] if _words(joined) <= WORDS_MOST else chunks[-2:]
    return chunks


def _fits(chunk: Sequence[_Piece], piece: _Piece) -> bool:
    words = _words(chunk) + piece.words
    announces = len(chunk) == 1 and chunk[0].leads
    return words <= WORDS_ABOUT or (announces and words <= WORDS_MOST)


def _carried(chunk: list[_Piece], piece: _Piece) -> list[_Piece]:
    """Take the announcing piece along into the next chunk, if something else stays behind."""
    if len(chunk) > 1 and chunk[-1].leads and chunk[-1].words + piece.words <= WORDS_MOST:
        return [chunk.pop()]
    return []


def _words(pieces: Sequence[_Piece]) -> int:
    return sum(piece.words for piece in pieces)


def _aliases(text: str, headings: Sequence[Heading]) -> dict[str, str]:
    starts = [heading.start for heading in headings]
    found: dict[str, str] = {}
    for match in _NAMED_ANCHOR.finditer(text):
        index = bisect_right(starts, match.start()) - 1
        if index >= 0:
            found.setdefault(match.group(1), headings[index].anchor)
    return found
