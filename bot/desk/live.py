"""A live conversation as staff may read it: only under a live handoff, in the visitor's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bot import handoff
from bot.conversation.store import get_conversation
from bot.conversation.types import Conversation, Message
from bot.database.tables import grant, message_original
from bot.desk.endings import NotShared, ending_of
from bot.desk.waiting import need_of
from bot.handoff import Handoff
from bot.keys import Keys, WrongKey
from bot.redaction import hide_own_links
from bot.staff import record_access, staff_names
from bot.transcripts import Line, read_lines

# An open page renews itself with every message; its reader is written down every ten minutes.
RENEWED = timedelta(minutes=10)


@dataclass(frozen=True)
class Live:
    """A conversation that is shared with staff now, in the visitor's own words."""

    conversation: Conversation
    handoff: Handoff
    lines: Sequence[Line]
    need: str | None
    shared_until: datetime | None
    holder: str | None


def require_live(connection: Connection, conversation_id: str, now: datetime) -> Handoff:
    """Return the live handoff; raise `NotShared`, which knows why there is none."""
    found = handoff.live_handoff(connection, conversation_id, now)
    if found is None:
        raise NotShared(ending_of(connection, conversation_id))
    return found


def read_live(
    connection: Connection,
    keys: Keys,
    conversation_id: str,
    *,
    staff_id: str,
    now: datetime,
    renewal: bool,
) -> Live:
    """Return a live conversation, and write down who read it and under which grant."""
    found = require_live(connection, conversation_id, now)
    record_access(
        connection,
        staff_id=staff_id,
        conversation_id=conversation_id,
        action="conversation.read",
        now=now,
        grant_id=found.grant_event_id,
        unless_within=RENEWED if renewal else None,
    )
    conversation = get_conversation(connection, conversation_id)
    own_words = _own_words(connection, keys, conversation_id)
    until = connection.execute(
        select(grant.c.expires_at).where(grant.c.id == found.grant_event_id)
    ).scalar_one()
    return Live(
        conversation=conversation,
        handoff=found,
        lines=read_lines(connection, conversation, own_words),
        need=need_of(connection, conversation_id),
        shared_until=until,
        holder=staff_names(connection).get(found.staff_id) if found.staff_id else None,
    )


def _own_words(
    connection: Connection, keys: Keys, conversation_id: str
) -> Callable[[Message], str]:
    """Return a function that gives a message's original, or its redacted text without one."""
    originals = message_original.c
    rows = connection.execute(
        select(originals.message_id, originals.text_encrypted).where(
            originals.conversation_id == conversation_id
        )
    )
    encrypted = {row.message_id: row.text_encrypted for row in rows}

    def words(found: Message) -> str:
        if found.id not in encrypted:
            return hide_own_links(found.text)
        try:
            return keys.decrypt(encrypted[found.id])
        except WrongKey:  # restored with other keys: what was redacted can still be read
            return found.text

    return words
