"""Everything that is kept about a visitor, readable by people and machines.

Every table that holds something of a visitor has a reader here; a test walks the schema and
fails for one that has none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from bot.clock import to_text
from bot.consent.contacts import open_contact_point
from bot.database.tables import (
    access_log,
    consent_event,
    consent_evidence,
    contact_point,
    conversation,
    follow_up,
    follow_up_wish,
    grant,
    handoff,
    message,
    message_original,
    notice,
    outbox,
    staff,
    tracker,
    turn,
    visitor,
)
from bot.keys import Keys, WrongKey
from bot.privacy.belongings import require_visitor, rows_of

FORMAT = "askfirst-export-v1"

Record = dict[str, Any]
Reader = Callable[["Subject"], list[Record]]


@dataclass(frozen=True)
class Subject:
    """Whose data is read, and with what."""

    connection: Connection
    keys: Keys
    visitor_id: str

    def records(self, query: Select[Any]) -> list[Record]:
        return [
            {str(name): _plain(value) for name, value in row.items()}
            for row in self.connection.execute(query).mappings()
        ]

    def open(self, encrypted: bytes) -> str | None:
        """Return encrypted words, or None when another key wrote them."""
        try:
            return self.keys.decrypt(encrypted)
        except WrongKey:
            return None


def export_visitor(
    connection: Connection, keys: Keys, visitor_id: str, now: datetime
) -> dict[str, Any]:
    """Return everything kept about a visitor, by table, ready for JSON.

    Raises `NotFound` for an unknown visitor; of an erased one only the bare record is left.
    """
    require_visitor(connection, visitor_id)
    subject = Subject(connection, keys, visitor_id)
    found = {name: read(subject) for name, read in EXPORTS.items()}
    return {"format": FORMAT, "exported_at": to_text(now), "visitor_id": visitor_id, **found}


def _whole(table: Table, *without: str) -> Reader:
    """Return a reader of a table's own columns."""
    columns = [column for column in table.c if column.name not in without]

    def read(subject: Subject) -> list[Record]:
        query = select(*columns).where(rows_of(table, subject.visitor_id))
        return subject.records(query.order_by(*_order(table)))

    return read


def _originals(subject: Subject) -> list[Record]:
    query = select(message_original).where(rows_of(message_original, subject.visitor_id))
    return [
        {
            "message_id": row.message_id,
            "conversation_id": row.conversation_id,
            "text": subject.open(row.text_encrypted),
            "created_at": _plain(row.created_at),
        }
        for row in subject.connection.execute(query.order_by(message_original.c.created_at))
    ]


def _addresses(subject: Subject) -> list[Record]:
    query = select(contact_point).where(rows_of(contact_point, subject.visitor_id))
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "value": open_contact_point(
                subject.connection, subject.keys, row.id, visitor_id=subject.visitor_id
            ),
            "created_at": _plain(row.created_at),
        }
        for row in subject.connection.execute(query.order_by(contact_point.c.created_at))
    ]


def _events(subject: Subject) -> list[Record]:
    """Return the ledger's events, each with the exact words that were shown."""
    query = (
        select(
            consent_event,
            notice.c.body.label("wording"),
            notice.c.version.label("notice_version"),
            notice.c.language.label("notice_language"),
        )
        .outerjoin(notice, notice.c.id == consent_event.c.notice_id)
        .where(rows_of(consent_event, subject.visitor_id))
    )
    return subject.records(query.order_by(consent_event.c.seq))


def _evidence(subject: Subject) -> list[Record]:
    query = select(consent_evidence).where(rows_of(consent_evidence, subject.visitor_id))
    return [
        {
            "event_id": row.event_id,
            "salt": row.salt,
            "words": subject.open(row.payload_encrypted),
        }
        for row in subject.connection.execute(query.order_by(consent_evidence.c.event_id))
    ]


def _follow_ups(subject: Subject) -> list[Record]:
    found = _whole(follow_up)(subject)
    return [
        record | {"content": json.loads(record["content"]) if record["content"] else None}
        for record in found
    ]


def _reads(subject: Subject) -> list[Record]:
    """Return who of staff opened a conversation, and when."""
    query = (
        select(access_log, staff.c.name.label("staff"))
        .join(staff, staff.c.id == access_log.c.staff_id)
        .where(rows_of(access_log, subject.visitor_id))
    )
    return [
        record | {"said": f"opened by staff {record['staff']} at {record['created_at']}"}
        for record in subject.records(query.order_by(access_log.c.created_at))
    ]


def _order(table: Table) -> Sequence[Any]:
    return [table.c[name] for name in ("created_at", "seq") if name in table.c] or list(
        table.primary_key.columns
    )


def _plain(value: Any) -> Any:
    return to_text(value) if isinstance(value, datetime) else value


EXPORTS: Mapping[str, Reader] = MappingProxyType(
    {
        "visitor": _whole(visitor),
        "conversation": _whole(conversation, "token_hash"),
        "message": _whole(message),
        "message_original": _originals,
        "turn": _whole(turn),
        "tracker": _whole(tracker),
        "consent_event": _events,
        "consent_evidence": _evidence,
        "grant": _whole(grant),
        "contact_point": _addresses,
        "handoff": _whole(handoff),
        "follow_up_wish": _whole(follow_up_wish),
        "follow_up": _follow_ups,
        "outbox": _whole(outbox),
        "access_log": _reads,
    }
)
