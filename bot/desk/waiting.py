"""The inbox's rows: who waits or is being helped, since when, with what need and first words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bot.conversation.store import get_conversation
from bot.conversation.types import VISITOR
from bot.database.tables import message, turn
from bot.handoff import REQUESTED, Handoff, queue
from bot.staff import record_access, staff_names

FIRST_WORDS = 140
# Needs that say how somebody talks, not what they came for.
_MANNERS = frozenset(
    {
        "ask_person",
        "affirm",
        "deny",
        "not_now",
        "greet",
        "thanks",
        "goodbye",
        "bot_challenge",
        "not_helpful",
        "nlu_fallback",
        "my_permissions",
        "stop_contacting_me",
    }
)
# An inbox renews itself with every piece of news; its reader is written down once a day a row.
_ONCE = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """A live handoff as the inbox shows it; `first_words` are redacted."""

    handoff: Handoff
    language: str
    channel: str
    need: str | None
    first_words: str
    staff_name: str | None

    @property
    def waits(self) -> bool:
        return self.handoff.state == REQUESTED


def read_inbox(connection: Connection, staff_id: str, now: datetime) -> Sequence[Row]:
    """Return every live handoff, longest waiting first, and write down that it was shown."""
    names = staff_names(connection)
    rows = [_row(connection, item, names) for item in queue(connection, now)]
    for row in rows:
        record_access(
            connection,
            staff_id=staff_id,
            conversation_id=row.handoff.conversation_id,
            action="queue.read",
            now=now,
            grant_id=row.handoff.grant_event_id,
            unless_within=_ONCE,
        )
    return rows


def _row(connection: Connection, item: Handoff, names: Mapping[str, str]) -> Row:
    conversation = get_conversation(connection, item.conversation_id)
    return Row(
        handoff=item,
        language=conversation.language,
        channel=conversation.channel,
        need=need_of(connection, item.conversation_id),
        first_words=_first_words(connection, item.conversation_id),
        staff_name=names.get(item.staff_id) if item.staff_id else None,
    )


def need_of(connection: Connection, conversation_id: str) -> str | None:
    """Return what the visitor came for: the latest need that is more than manners."""
    needs = connection.execute(
        select(turn.c.need)
        .where(turn.c.conversation_id == conversation_id, turn.c.need.is_not(None))
        .order_by(turn.c.created_at.desc())
        .limit(20)
    ).scalars()
    found = list(needs)
    return next((need for need in found if need not in _MANNERS), found[0] if found else None)


def _first_words(connection: Connection, conversation_id: str) -> str:
    text = connection.execute(
        select(message.c.text)
        .where(message.c.conversation_id == conversation_id, message.c.author == VISITOR)
        .order_by(message.c.seq)
        .limit(1)
    ).scalar_one_or_none()
    words = " ".join((text or "").split())
    return words if len(words) <= FIRST_WORDS else f"{words[: FIRST_WORDS - 1].rstrip()}…"
