"""Erasure: everything with a visitor's words or name goes; what is left says only that it ended.

Every table that holds something of a visitor is either deleted from or has a stated reason to
stay; a test walks the schema and fails for one that is neither.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, delete, select, update

from bot.clock import to_text
from bot.consent.endings import record_erasure
from bot.conversation.types import RESOLVED
from bot.database.tables import (
    access_log,
    consent_evidence,
    contact_point,
    conversation,
    follow_up,
    follow_up_wish,
    handoff,
    message,
    message_original,
    outbox,
    tracker,
    turn,
    visitor,
)
from bot.privacy.belongings import require_visitor, rows_of

logger = logging.getLogger(__name__)

# Rows that point to others go first.
DELETED = (
    outbox,
    follow_up,
    follow_up_wish,
    handoff,
    consent_evidence,
    contact_point,
    turn,
    message_original,
    message,
    tracker,
    access_log,
)
KEPT: Mapping[str, str] = MappingProxyType(
    {
        "visitor": "a random identifier and the time of erasure",
        "conversation": "a random identifier, so that an open chat can say that it was erased",
        "consent_event": "the proof that permissions were given and ended, without words or names",
        "grant": "emptied by the ledger",
    }
)


@dataclass(frozen=True)
class ErasureReceipt:
    """What an erasure did: rows deleted by table, and events added to the ledger."""

    visitor_id: str
    erased_at: datetime
    deleted: Mapping[str, int]
    recorded: int

    def as_json(self) -> dict[str, Any]:
        kept = dict(KEPT)
        return {**asdict(self), "erased_at": to_text(self.erased_at), "kept": kept}


@dataclass(frozen=True)
class EraseVisitor:
    """Effect: erase the visitor whose turn this is."""

    visitor_id: str
    asked_on: str
    idem_prefix: str

    def apply(self, connection: Connection, now: datetime) -> None:
        erase_visitor(
            connection,
            self.visitor_id,
            now,
            asked_on=self.asked_on,
            idem_prefix=self.idem_prefix,
        )


def erase_visitor(
    connection: Connection,
    visitor_id: str,
    now: datetime,
    *,
    asked_on: str,
    idem_prefix: str,
    actor: str = "visitor",
) -> ErasureReceipt:
    """End every permission of a visitor and delete what is kept, in the caller's transaction.

    Mail files follow with the next run of the sender. Erasing again finds nothing and changes
    nothing. Raises `NotFound` for an unknown visitor.
    """
    require_visitor(connection, visitor_id)
    erased_at = connection.scalar(select(visitor.c.erased_at).where(visitor.c.id == visitor_id))
    if erased_at is not None:
        return ErasureReceipt(visitor_id, erased_at, {table.name: 0 for table in DELETED}, 0)
    recorded = record_erasure(
        connection,
        visitor_id,
        now,
        asked_on=asked_on,
        method="erasure",
        idem_prefix=idem_prefix,
        actor=actor,
    )
    deleted = {
        table.name: connection.execute(delete(table).where(rows_of(table, visitor_id))).rowcount
        for table in DELETED
    }
    _leave_tombstones(connection, visitor_id, now)
    logger.info("erased a visitor: %s rows in %s tables", sum(deleted.values()), len(deleted))
    return ErasureReceipt(visitor_id, now, deleted, len(recorded))


def _leave_tombstones(connection: Connection, visitor_id: str, now: datetime) -> None:
    """Let a sender start anew, and an open chat read the one message that is left."""
    connection.execute(
        update(conversation)
        .where(conversation.c.visitor_id == visitor_id)
        .values(external_id=None, status=RESOLVED, resolved_at=now, erased_at=now)
    )
    connection.execute(update(visitor).where(visitor.c.id == visitor_id).values(erased_at=now))
