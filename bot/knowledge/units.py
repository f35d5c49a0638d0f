"""What a passage is made of: sentences, list items and table rows, as places in its Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it.token import Token

from bot.knowledge.markdown import block_parser, parser

Span = tuple[int, int]
ITEM_WORDS = 30  # a longer list item is read sentence by sentence
_LINE_END = re.compile(r"\r\n?|\n")
_SENTENCE_END = re.compile(r"""[.!?…]["')\]*_`”’»]*(?=\s+["'(\[*_`“‘«¿¡]*[^\W\d_])""")
_SHORTENED = re.compile(r"(?:\b[^\W\d_]|\.[^\W\d_]+|\b[A-Z][a-z]{1,2})\.$")
_NEXT_WORD = re.compile(r"\W*(\w)")


@dataclass(frozen=True)
class Units:
    """The parts of a passage, in order.

    `parts` are sentences, list items and table rows, none inside another. At `borders` a
    passage may end: after a block, a list item, a table row, or a sentence of a paragraph.
    Code and markup are never cut.
    """

    parts: tuple[Span, ...]
    borders: tuple[int, ...]


class _Text:
    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def line(self, number: int) -> int:
        return self._starts[number] if number < len(self._starts) else len(self.text)

    def end(self, token: Token) -> int:
        """Return where the content of a block ends."""
        first, last = token.map or (0, 0)
        start, end = self.line(first), self.line(last)
        return start + len(self.text[start:end].rstrip())


@lru_cache(128)
def units_of(markdown: str) -> Units:
    """Parse a passage into its units; a pure function of its text, remembered for a while."""
    text = _Text(markdown)
    tokens = block_parser().parse(markdown)
    parts: list[Span] = []
    borders: set[int] = set()
    items = 0
    for index, token in enumerate(tokens):
        if token.type in {"list_item_open", "list_item_close"}:
            items += token.nesting
        if token.type == "paragraph_open":
            spans = _sentences(text, tokens[index + 1], whole=items > 0)
            parts.extend(spans)
            if token.level == 0:
                borders.update(end for _, end in spans)
        elif token.type == "tr_open" and token.level >= 2:
            parts.extend(_row(text, tokens, index))
        if _ends_whole(token):
            borders.add(text.end(token))
    return Units(tuple(parts), tuple(sorted(borders)))


def item_number(markdown: str, place: int) -> int | None:
    """Return the number of the list item that begins on the line of a place.

    In Markdown every item may be written `1.`: only the whole list says which it is.
    """
    line = len(_LINE_END.findall(markdown, 0, place))
    number = 0
    for token in block_parser().parse(markdown):
        if token.type == "ordered_list_open" and token.level == 0:
            number = int(token.attrs.get("start", 1))
        elif token.type == "list_item_open" and token.level == 1:
            if token.map and token.map[0] == line:
                return number if token.markup in {".", ")"} else None
            number += 1
    return None


def _ends_whole(token: Token) -> bool:
    """Say whether a passage may end with this block, item or row."""
    if token.nesting < 0 or not token.map or token.type == "heading_open":
        return False
    row = token.type == "tr_open" and token.level == 2
    item = token.type == "list_item_open" and token.level == 1
    return token.level == 0 or item or row


def _row(text: _Text, tokens: Sequence[Token], index: int) -> Iterator[Span]:
    """Yield the place of a body row, from its first word to its last."""
    if tokens[index - 1].type == "thead_open":
        return
    cells = []
    for token in tokens[index + 1 :]:
        if token.type == "tr_close":
            break
        if token.type == "inline" and token.content:
            cells.append(token.content)
    first, last = tokens[index].map or (0, 0)
    start, end = text.line(first), text.line(last)
    if cells:
        found = text.text.find(cells[0], start, end)
        closed = text.text.rfind(cells[-1], start, end)
        if 0 <= found <= closed:
            yield found, closed + len(cells[-1])


def _sentences(text: _Text, inline: Token, *, whole: bool) -> list[Span]:
    """Return the sentences of a paragraph; with `whole`, a short one is not taken apart."""
    content = inline.content
    places = _places(text, inline)
    if places is None or not content:
        return []
    ends = [] if whole and len(content.split()) <= ITEM_WORDS else _ends(content)
    spans: list[Span] = []
    start = 0
    for end in [*ends, len(content)]:
        start += len(content[start:end]) - len(content[start:end].lstrip())
        spans.append((_at(places, start), _at(places, end - 1) + 1))
        start = end
    return spans


def _places(text: _Text, inline: Token) -> list[Span] | None:
    """Return where each line of a paragraph's content stands: in the content, in the text."""
    first = (inline.map or (0, 0))[0]
    places: list[Span] = []
    offset = 0
    for number, line in enumerate(inline.content.split("\n")):
        found = text.text.find(line, text.line(first + number), text.line(first + number + 1))
        if found < 0:
            return None
        places.append((offset, found))
        offset += len(line) + 1
    return places


def _at(places: Sequence[Span], offset: int) -> int:
    content, source = max(place for place in places if place[0] <= offset)
    return source + offset - content


def _ends(content: str) -> list[int]:
    """Return where sentences of a paragraph end, leaving out places inside markup.

    A marker stands at each candidate while the paragraph is parsed; the parser then says which
    of them is outside of emphasis, links and code.
    """
    found = [match.end() for match in _SENTENCE_END.finditer(content)]
    ends = [end for end in found if not _goes_on(content, end)]
    if not ends:
        return []
    name = unused_name(content)
    pieces = [content[a:b] for a, b in zip([0, *ends], [*ends, len(content)], strict=True)]
    marked = "".join(f"<{name}{number}>{piece}" for number, piece in enumerate(pieces))
    children = parser().parseInline(marked)[0].children or ()
    outside = {child.content for child in children if child.level == 0}
    return [end for number, end in enumerate(ends, 1) if f"<{name}{number}>" in outside]


def _goes_on(content: str, end: int) -> bool:
    """Say whether a dot belongs to a shortened word, or the next word starts small."""
    after = _NEXT_WORD.match(content, end)
    small = after is not None and after[1].islower()
    return small or _SHORTENED.search(content, max(0, end - 12), end) is not None


def unused_name(text: str) -> str:
    """Return a name for markers that does not occur in a text."""
    name = "m"
    while name in text:
        name += "q"
    return name
