"""The nouns of a conversation: what a channel receives, what is stored, what is replied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from bot.clock import derived_id
from bot.conversation.payloads import Payload

PENDING, OPEN, RESOLVED = "pending", "open", "resolved"
VISITOR, ASSISTANT, STAFF, SYSTEM = "visitor", "assistant", "staff", "system"


@dataclass(frozen=True)
class Button:
    """A choice under a reply. `payload` is `/need`, understood without classification."""

    title: str
    payload: str


@dataclass(frozen=True)
class Source:
    """Where a quoted passage comes from. `url` lands on the heading it stands under."""

    title: str
    url: str
    passage: str
    reviewed: date | None
    article: str
    language: str
    affiliate: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the source as the outside sees it (design §7)."""
        return {
            "title": self.title,
            "url": self.url,
            "passage": self.passage,
            "reviewed": self.reviewed.isoformat() if self.reviewed else None,
            "language": self.language,
            "affiliate": self.affiliate,
        }


@dataclass(frozen=True)
class Reply:
    """One message to the visitor. `text` is Markdown; channels render it for their medium.

    `kind` is `text`, `answer` (has sources), `no_answer`, `question` (asks a permission or a
    yes), `disclosure` (software answers here), `handoff` (who is there) or `erased`.
    """

    text: str
    kind: str = "text"
    buttons: tuple[Button, ...] = ()
    sources: tuple[Source, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Conversation:
    id: str
    visitor_id: str
    channel: str
    language: str
    status: str
    last_seq: int
    created_at: datetime
    last_message_at: datetime
    erased_at: datetime | None = None
    external_id: str | None = None


@dataclass(frozen=True)
class Message:
    """A stored message; `text` holds placeholders where something was redacted."""

    id: str
    conversation_id: str
    seq: int
    author: str
    text: str
    body: Mapping[str, Any]
    channel: str
    created_at: datetime
    in_reply_to: str | None = None
    staff_id: str | None = None
    native_id: str | None = None


class Effect(Protocol):
    """Something a turn does besides replying; applied inside the turn's one transaction."""

    def apply(self, connection: Connection, now: datetime) -> None:
        """Write it. Raise `ConsentRefused` when the ledger or a gate does not accept it."""
        ...


@dataclass(frozen=True)
class Heard:
    """What a message says besides its need; in memory for its turn, never stored.

    `parts` are texts of it that ask something by themselves, `close` the needs it may mean if
    that is not sure (likeliest first), `also` the needs it names besides its own.
    """

    parts: tuple[str, ...] = ()
    close: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass
class Turn:
    """One visitor message on its way through engine and actions.

    Actions read it and add to `effects`; they write nothing themselves. `raw_text` is what
    the visitor typed with cards and secrets masked; what is stored of it is encrypted.
    """

    conversation: Conversation
    message: Message
    raw_text: str
    language: str
    now: datetime
    payload: Payload | None = None
    # the words of the message that the pressed button is about
    about: str | None = None
    heard: Heard = Heard()
    need: str | None = None
    confidence: float = 0.0
    entities: Sequence[Mapping[str, Any]] = ()
    may_offer: bool = True
    # the question this message may answer, and the one the reply asks: {kind, event_id}
    pending: Mapping[str, Any] | None = None
    asks: Mapping[str, Any] | None = None
    effects: list[Effect] = field(default_factory=list)
    # effects about this turn's own replies, applied when those are stored
    late_effects: list[Effect] = field(default_factory=list)
    outcome: str = "replied"
    failed: bool = False
    sources: tuple[Source, ...] = ()
    # the reply that quotes an article, when a turn's first action did
    answer_id: str | None = None

    @property
    def words(self) -> str:
        """What the visitor said about the need: typed now, or before the button was pressed."""
        return self.raw_text if self.about is None else self.about

    def id_for(self, name: str) -> str:
        """Return the identifier this turn always gives to its `name`d row."""
        return derived_id(self.message.id, name)
