"""What staff do in a live conversation: take it, answer, hand it back, end it.

Every function asks for the live handoff in the transaction in which it writes.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from bot import handoff
from bot.clock import derived_id, new_id
from bot.conversation.store import add_message, find_native
from bot.conversation.types import STAFF, SYSTEM, Message
from bot.database.tables import conversation
from bot.desk.live import require_live
from bot.errors import Conflict
from bot.handoff import ACCEPTED
from bot.redaction import mask_secrets
from bot.staff import Staff

CHANNEL = "desk"


def take_over(
    connection: Connection,
    conversation_id: str,
    staff: Staff,
    now: datetime,
    *,
    holder_id: str | None,
    line: str,
) -> None:
    """Give the conversation to `staff` and tell the visitor; taking it twice changes nothing.

    `holder_id` names the colleague it is taken from. Raises `Conflict` when it is no longer
    theirs, or somebody else was first.
    """
    found = require_live(connection, conversation_id, now)
    if found.state == ACCEPTED and found.staff_id == staff.id:
        return
    if holder_id:
        handoff.take_from(connection, conversation_id, holder_id, staff.id, now)
    else:
        handoff.take_over(connection, conversation_id, staff.id, now)
    _tell(connection, conversation_id, staff, line, now)


def reply(
    connection: Connection,
    conversation_id: str,
    staff: Staff,
    now: datetime,
    *,
    text: str,
    nonce: str,
) -> Message:
    """Store a reply to the visitor, once for each nonce; cards and secrets are masked."""
    _lock(connection, conversation_id)
    stored = find_native(connection, conversation_id, CHANNEL, nonce)
    if stored is not None:
        return stored
    _require_holder(connection, conversation_id, staff, now)
    return add_message(
        connection,
        message_id=derived_id(conversation_id, f"desk/{nonce}"),
        conversation_id=conversation_id,
        author=STAFF,
        text=mask_secrets(text),
        body={"kind": "text"},
        channel=CHANNEL,
        now=now,
        native_id=nonce,
        staff_id=staff.id,
    )


def hand_back(
    connection: Connection, conversation_id: str, staff: Staff, now: datetime, line: str
) -> None:
    """Let the assistant answer again, and tell the visitor."""
    _require_holder(connection, conversation_id, staff, now)
    handoff.hand_back(connection, conversation_id, now)
    _tell(connection, conversation_id, staff, line, now)


def resolve(
    connection: Connection, conversation_id: str, staff: Staff, now: datetime, line: str
) -> None:
    """End the conversation, and tell the visitor."""
    _require_holder(connection, conversation_id, staff, now)
    _tell(connection, conversation_id, staff, line, now)
    handoff.resolve(connection, conversation_id, now)


def _require_holder(
    connection: Connection, conversation_id: str, staff: Staff, now: datetime
) -> None:
    found = require_live(connection, conversation_id, now)
    if found.staff_id != staff.id:
        raise Conflict("Take the conversation over first.", code="handoff.not_yours")


def _lock(connection: Connection, conversation_id: str) -> None:
    """Let two sendings of the same reply follow each other (SQLite has one writer anyway)."""
    connection.execute(
        select(conversation.c.id).where(conversation.c.id == conversation_id).with_for_update()
    )


def _tell(
    connection: Connection, conversation_id: str, staff: Staff, line: str, now: datetime
) -> None:
    add_message(
        connection,
        message_id=new_id(),
        conversation_id=conversation_id,
        author=SYSTEM,
        text=line,
        body={"kind": "handoff"},
        channel=CHANNEL,
        now=now,
        staff_id=staff.id,
    )
