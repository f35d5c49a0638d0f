"""Markdown as plain text, for mail and SMS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.knowledge.tree import WORDS, Node, tree

PAIR = 2  # columns that read as one line without their heads


def plain(markdown: str, base: str = "", first: int | None = None) -> str:
    """Return Markdown as plain text; a link is written `text (address)`, a table row as a line.

    `base` and `first` are as in `tree`.
    """
    blocks = (_block(node) for node in tree(markdown, base, first=first))
    return "\n\n".join(block for block in blocks if block)


def _parts(node: list[Any]) -> tuple[str, dict[str, Any], list[Node]]:
    tag, *inside = node
    if inside and isinstance(inside[0], dict):
        return tag, inside[0], inside[1:]
    return tag, {}, inside


def _block(node: Node) -> str:
    if isinstance(node, str):
        return node.strip()
    tag, attrs, inside = _parts(node)
    if tag in {"ul", "ol"}:
        return "\n".join(_items(tag, int(attrs.get("start", 1)), inside))
    if tag == "table":
        return "\n".join(_rows(inside))
    if tag == "blockquote":
        return "\n".join(f"> {line}" for line in _blocks(inside, "\n\n").splitlines())
    if tag == "hr":
        return "---"
    return _line(inside).rstrip("\n") if tag == "pre" else _line(inside).strip()


def _items(tag: str, start: int, items: Sequence[Node]) -> Iterator[str]:
    for number, item in enumerate(items, start):
        mark = f"{number}. " if tag == "ol" else "- "
        lines = _blocks(_parts(item)[2] if isinstance(item, list) else [item], "\n")
        yield mark + lines.replace("\n", "\n" + " " * len(mark))


def _blocks(nodes: Sequence[Node], between: str) -> str:
    """Write blocks below each other; words that stand among them form a block of their own."""
    blocks: list[str] = []
    words: list[Node] = []
    for node in nodes:
        if isinstance(node, str) or node[0] in WORDS:
            words.append(node)
            continue
        blocks.extend([_line(words).strip(), _block(node)])
        words = []
    return between.join(block for block in [*blocks, _line(words).strip()] if block)


def _rows(sections: Sequence[Node]) -> Iterator[str]:
    """Write a row as a line: `Monday: 9 to 5`, or, of more columns, `day: Monday; from: 9`."""
    head, *rows = [
        [_line(_parts(cell)[2]).strip() for cell in _parts(row)[2] if isinstance(cell, list)]
        for section in sections
        if isinstance(section, list)
        for row in _parts(section)[2]
        if isinstance(row, list)
    ]
    if len(head) <= PAIR:
        yield from (": ".join(filter(None, cells)) for cells in [head, *rows] if any(cells))
        return
    for cells in rows or [head]:
        names = head if rows else [""] * len(head)
        named = [
            f"{name}: {cell}" if name else cell
            for name, cell in zip(names, cells, strict=False)
            if cell
        ]
        yield "; ".join(named)


def _line(nodes: Sequence[Node]) -> str:
    return "".join(node if isinstance(node, str) else _inline(node) for node in nodes)


def _inline(node: list[Any]) -> str:
    tag, attrs, inside = _parts(node)
    if tag == "br":
        return "\n"
    words = _line(inside)
    if tag == "a":
        address = str(attrs["href"]).removeprefix("mailto:")
        return words if words.strip() == address else f"{words} ({address})"
    return words
