"""Short words out of an article's HTML: its first paragraph and its first sentence."""

from __future__ import annotations

import re

from markupsafe import Markup

DESCRIPTION_LONGEST = 200
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"'”’)]*\s+(?=\S)")


def first_paragraph(html: str) -> str:
    """Return the HTML inside the first paragraph, empty if there is none."""
    found = _PARAGRAPH.search(html)
    return found[1] if found else ""


def first_sentence(html: str) -> str:
    """Return the first sentence as plain words, cut at a word when it is long."""
    words = Markup(first_paragraph(html)).striptags()  # noqa: S704  # only to take tags away
    sentence = _SENTENCE_END.split(words, maxsplit=1)[0]
    if len(sentence) <= DESCRIPTION_LONGEST:
        return sentence
    return sentence[: DESCRIPTION_LONGEST - 1].rpartition(" ")[0].rstrip(" ,;:") + "…"
