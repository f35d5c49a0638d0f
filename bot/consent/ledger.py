"""The ledger: append an event to the chain, and read events back."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, text

from bot.clock import new_id
from bot.consent.events import GENESIS, ConsentEvent, EventDraft, commitment, digest
from bot.database.engine import translated_errors
from bot.database.tables import consent_event, consent_evidence
from bot.errors import Conflict
from bot.keys import Keys

LEDGER_LOCK = 7305001  # the guards in PostgreSQL take the same one
SALT_BYTES = 32

# What must be the same when one act arrives twice. The identifier and the end are the server's
# own and may differ between two deliveries of the same act.
_PAYLOAD = (
    "visitor_id",
    "purpose",
    "channel",
    "contact_point_id",
    "scope_id",
    "asked_on",
    "action",
    "answers_event_id",
    "notice_id",
    "actor",
    "method",
)


def take_ledger_lock(connection: Connection) -> None:
    """Stand in the ledger's line until this transaction ends.

    `append` does it by itself. Code that reads the ledger and then writes calls it first; so
    does a transaction that locks other rows before it appends, or two of them can deadlock.
    """
    if connection.dialect.name == "postgresql":  # a writer on SQLite is alone already
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LEDGER_LOCK})


def append(
    connection: Connection, draft: EventDraft, now: datetime, keys: Keys | None = None
) -> ConsentEvent:
    """Append an event and return it as stored.

    The same `idem_key` again returns the stored event if it says the same, else raises
    `Conflict`. Raises `ConsentRefused` when the ledger does not accept the event. Evidence is
    kept only if `keys` are given to encrypt it.
    """
    take_ledger_lock(connection)
    stored = _find(connection, consent_event.c.idem_key == draft.idem_key)
    if stored is not None:
        return _same(stored, draft)
    salt = secrets.token_hex(SALT_BYTES) if draft.evidence is not None and keys else None
    row = _next_row(connection, draft, now, salt)
    with translated_errors():
        connection.execute(insert(consent_event).values(row))
        if salt is not None and draft.evidence is not None and keys is not None:
            evidence = {
                "event_id": row["id"],
                "visitor_id": draft.visitor_id,
                "salt": salt,
                "payload_encrypted": keys.encrypt(draft.evidence),
            }
            connection.execute(insert(consent_evidence).values(evidence))
    return ConsentEvent(**row)


def event_by_id(connection: Connection, event_id: str) -> ConsentEvent | None:
    return _find(connection, consent_event.c.id == event_id)


def events_of(connection: Connection, visitor_id: str) -> list[ConsentEvent]:
    """Return everything the ledger holds of one visitor, oldest first."""
    query = (
        select(consent_event)
        .where(consent_event.c.visitor_id == visitor_id)
        .order_by(consent_event.c.seq)
    )
    return [_event(row) for row in connection.execute(query).mappings()]


def _find(connection: Connection, condition: Any) -> ConsentEvent | None:
    row = connection.execute(select(consent_event).where(condition)).mappings().first()
    return None if row is None else _event(row)


def _event(row: RowMapping) -> ConsentEvent:
    return ConsentEvent(**{str(name): value for name, value in row.items()})


def _same(stored: ConsentEvent, draft: EventDraft) -> ConsentEvent:
    for name in _PAYLOAD:
        if getattr(stored, name) != getattr(draft, name):
            raise Conflict(
                f"an event with this key was stored before, with another {name}",
                code="consent.conflict",
            )
    return stored


def _next_row(
    connection: Connection, draft: EventDraft, now: datetime, salt: str | None
) -> dict[str, Any]:
    """Return the row that continues the chain; time never runs backwards in it."""
    last = connection.execute(
        select(consent_event.c.seq, consent_event.c.hash, consent_event.c.occurred_at)
        .order_by(consent_event.c.seq.desc())
        .limit(1)
    ).first()
    row = asdict(draft)
    evidence = row.pop("evidence")
    row |= {
        "id": draft.id or new_id(),
        "seq": last.seq + 1 if last else 1,
        "prev_hash": last.hash if last else GENESIS,
        "occurred_at": max(now, last.occurred_at) if last else now,
        "evidence_commitment": None if salt is None else commitment(salt, evidence),
    }
    return row | {"hash": digest(row)}
