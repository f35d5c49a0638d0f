"""A button's payload: a need, and at most the id of what it is about.

That is a question, a permission to withdraw, or the message whose need was not sure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass

from bot.errors import BadInput

_PAYLOAD = re.compile(r"^/([a-z_]+)(\{.*\})?$", re.DOTALL)
_ID = re.compile(r"^[0-9a-f]{32}$")
KNOWN_KEYS = ("question", "withdraw", "about")


@dataclass(frozen=True)
class Payload:
    need: str
    question: str | None = None
    withdraw: str | None = None
    about: str | None = None

    def __str__(self) -> str:
        """Write it as Rasa's channels do: `/need{"question": "..."}`."""
        named = {key: getattr(self, key) for key in KNOWN_KEYS if getattr(self, key)}
        return f"/{self.need}{json.dumps(named) if named else ''}"


def payload_in(text: str, needs: Collection[str]) -> str | None:
    """Return a text that is a payload, as channels send a pressed button; None for words.

    What only looks like one (`/start`, typed or sent by a program) is words like any other.
    """
    try:
        read_payload(text, needs)
    except BadInput:
        return None
    return text


def read_payload(text: str, needs: Collection[str] | None = None) -> Payload:
    """Read a payload; what a button of ours never carries is not kept.

    Raises `BadInput` when it is none, or names something that is no need.
    """
    match = _PAYLOAD.match(text)
    if match is None or (needs is not None and match[1] not in needs):
        raise _refused()
    try:
        named = json.loads(match[2] or "{}")
    except (ValueError, RecursionError) as error:
        raise _refused() from error
    kept = {key: named[key] for key in KNOWN_KEYS if _ID.match(str(named.get(key, "")))}
    return Payload(match[1], **kept)


def _refused() -> BadInput:
    return BadInput("A payload is `/` and a need.", field="payload", code="message.payload")
