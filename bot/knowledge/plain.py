"""Markdown as plain text, for mail and SMS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.knowledge.tree import Node, tree


def plain(markdown: str, base: str = "") -> str:
    """Return Markdown as plain text; a link is written `text (address)`."""
    return "\n\n".join(block for node in tree(markdown, base) for block in [_block(node)] if block)


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
        if isinstance(node, str) or node[0] in {"strong", "em", "code", "a", "br"}:
            words.append(node)
            continue
        blocks.extend([_line(words).strip(), _block(node)])
        words = []
    return between.join(block for block in [*blocks, _line(words).strip()] if block)


def _rows(sections: Sequence[Node]) -> Iterator[str]:
    for section in sections:
        for row in _parts(section)[2] if isinstance(section, list) else []:
            cells = _parts(row)[2] if isinstance(row, list) else []
            yield " | ".join(_line(_parts(cell)[2]) for cell in cells if isinstance(cell, list))


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
