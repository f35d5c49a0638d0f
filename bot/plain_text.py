"""One form for what visitors type, given before anything is masked, understood or stored.

Characters that nobody sees (zero-width, soft hyphens) and look-alikes (full width, exotic spaces)
would hide a card number from masking and a word from understanding. What is stored, also in the
encrypted original, is this form: nothing that went unmasked can come back from another one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
# Invisible, or laid around a character, though Unicode counts them as marks, letters or symbols.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_DROPPED = frozenset({"Cc", "Cf", "Me"})
_EMOJI_PARTS = frozenset({"\ufe0f", "\u200d"})
_SYMBOLS = frozenset({"So", "Sk"})


def normalise(text: str) -> str:
    """Return a text in Unicode's NFKC without invisible characters; a second time changes nothing.

    Line ends are `\\n`, all other spaces but the tab are the plain one. Emoji stay whole.
    """
    if text.isascii() and text.isprintable():
        return text
    lines = _LINE_ENDS.sub("\n", unicodedata.normalize("NFKC", text))
    # what is dropped may have stood between a letter and its accent
    return unicodedata.normalize("NFKC", "".join(_seen(lines)))


def _seen(text: str) -> Iterator[str]:
    before = ""
    for character in text:
        category = unicodedata.category(character)
        if character in _EMOJI_PARTS:
            kept = before in _EMOJI_PARTS or unicodedata.category(before or " ") in _SYMBOLS
        else:
            unseen = category in _DROPPED or _UNSEEN.match(character)
            kept = character in "\n\t" or not unseen
        if kept:
            before = " " if category == "Zs" else character
            yield before
