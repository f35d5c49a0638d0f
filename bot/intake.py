"""What may come in as a visitor's words, and the one form in which it goes on."""

from __future__ import annotations

from bot.errors import BadInput, TooLarge
from bot.plain_text import normalise

MAX_CHARS = 4000


def read_words(text: str) -> str:
    """Return a visitor's words as they are masked, understood and stored.

    Raises `BadInput` for a text in which nothing can be seen, `TooLarge` over 4,000 characters.
    """
    words = normalise(text) if len(text) <= MAX_CHARS else text
    if not words.strip():
        raise BadInput("The message is empty.", field="text", code="message.empty")
    if len(words) > MAX_CHARS:
        raise TooLarge(
            f"A message has at most {MAX_CHARS} characters.",
            field="text",
            code="message.too_long",
        )
    if "\x00" in text:
        raise BadInput("The message is not text.", field="text", code="message.binary")
    return words
