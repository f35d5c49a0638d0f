"""Addresses: encrypted, found by a keyed digest, opened only for what they were given for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.clock import new_id
from bot.consent.grants import pending_confirmations
from bot.database.tables import contact_point, grant
from bot.errors import NoLiveGrant, NotFound
from bot.keys import Keys


def store_contact_point(
    connection: Connection,
    keys: Keys,
    *,
    visitor_id: str,
    kind: str,
    value: str,
    now: datetime,
    id: str | None = None,
) -> str:
    """Keep an address and return its identifier; the same address of a visitor is kept once."""
    value = value.strip()
    look_up = keys.look_up(f"{kind}/{value.casefold()}")
    known = connection.scalar(
        select(contact_point.c.id).where(
            contact_point.c.visitor_id == visitor_id,
            contact_point.c.kind == kind,
            contact_point.c.look_up == look_up,
        )
    )
    if known is not None:
        return str(known)
    row = {
        "id": id or new_id(),
        "visitor_id": visitor_id,
        "kind": kind,
        "value_encrypted": keys.encrypt(value),
        "look_up": look_up,
        "created_at": now,
    }
    connection.execute(insert(contact_point).values(row))
    return str(row["id"])


def open_contact_point(
    connection: Connection,
    keys: Keys,
    id: str,
    *,
    visitor_id: str | None = None,
) -> str:
    """Return an address in clear.

    It opens for its visitor (`visitor_id`, for their own export), else only while a grant or a
    yes that waits for confirmation names it. Raises `NoLiveGrant` without one, `NotFound` when
    there is no such address of that visitor.
    """
    found = connection.execute(select(contact_point).where(contact_point.c.id == id)).first()
    if found is None or visitor_id not in {None, found.visitor_id}:
        raise NotFound("there is no such address", code="contact.not_found")
    if visitor_id is None and not _in_use(connection, id, found.visitor_id):
        raise NoLiveGrant("no live grant for this address")
    return keys.decrypt(found.value_encrypted)


def _in_use(connection: Connection, contact_point_id: str, visitor_id: str) -> bool:
    live = select(grant.c.id).where(
        grant.c.contact_point_id == contact_point_id, grant.c.visitor_id == visitor_id
    )
    if connection.scalar(live) is not None:
        return True
    waiting = pending_confirmations(connection, visitor_id)
    return any(event.contact_point_id == contact_point_id for event in waiting)
