"""Puts the widget together: parts, styles and words of every language become one script."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.texts import Texts

FOLDER = Path(__file__).parent / "source"
PARTS = (
    "nodes.js",
    "message.js",
    "wire.js",
    "outbox.js",
    "log.js",
    "panel.js",
    "element.js",
)
PREFIX = "widget."


@dataclass(frozen=True)
class WidgetScript:
    """What `/widget.js` answers: the same bytes plain and compressed, and their tag."""

    plain: bytes
    compressed: bytes
    etag: str


def build_script(texts: Texts, organisation: str, base_url: str) -> WidgetScript:
    """Assemble the script; the same texts always give the same bytes.

    The panel opens with the words that are also stored as a conversation's first message.
    """
    words = {
        language: {
            "disclosure": texts.say(
                language,
                "assistant.disclosure",
                organisation=organisation,
                privacy=f"{base_url}/privacy?lang={language}",
            ),
            **_widget_words(texts.get(language)),
        }
        for language in texts.languages
    }
    source = "\n".join((FOLDER / part).read_text(encoding="utf-8") for part in PARTS)
    for marker, value in (
        ("__TEXTS__", words),
        ("__CSS__", _tighten_css((FOLDER / "widget.css").read_text(encoding="utf-8"))),
        ("__DARK__", _tighten_css((FOLDER / "dark.css").read_text(encoding="utf-8"))),
    ):
        source = source.replace(marker, _literal(value))
    plain = f'(() => {{\n"use strict";\n{_tighten_script(source)}\n}})();\n'.encode()
    etag = hashlib.sha256(plain).hexdigest()[:32]
    return WidgetScript(plain, gzip.compress(plain, 9, mtime=0), etag)


def _widget_words(words: Mapping[str, str]) -> dict[str, str]:
    return {
        key.removeprefix(PREFIX): value for key, value in words.items() if key.startswith(PREFIX)
    }


def _literal(value: object) -> str:
    """Write a value as a JavaScript literal that is also safe inside an HTML page."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _tighten_script(source: str) -> str:
    # Only whole-line comments and indentation go: no line of the parts begins inside a string.
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _tighten_css(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s+", " ", css)
    css = re.sub(r"\s*([{};,>])\s*", r"\1", css)
    return re.sub(r":\s+(?=[^{}]*[;}])", ":", css).replace(";}", "}").strip()
