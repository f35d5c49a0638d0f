"""The access log: every staff read of a visitor's words leaves a row the visitor can see."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select

from bot.clock import new_id
from bot.database.tables import access_log


def record_access(
    connection: Connection,
    *,
    staff_id: str,
    conversation_id: str,
    action: str,
    now: datetime,
    grant_id: str | None = None,
    unless_within: timedelta | None = None,
) -> None:
    """Write that somebody read a conversation, and under which grant if one allowed it.

    `unless_within` is for an open page that renews itself: no second row within that time.
    """
    if unless_within is not None:
        recent = connection.execute(
            select(access_log.c.id)
            .where(
                access_log.c.conversation_id == conversation_id,
                access_log.c.staff_id == staff_id,
                access_log.c.action == action,
                access_log.c.created_at > now - unless_within,
            )
            .limit(1)
        ).first()
        if recent is not None:
            return
    connection.execute(
        insert(access_log).values(
            id=new_id(),
            staff_id=staff_id,
            conversation_id=conversation_id,
            action=action,
            grant_id=grant_id,
            created_at=now,
        )
    )
