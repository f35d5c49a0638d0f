"""Which conversations staff may review: the one place that decides it.

Finished (resolved, or idle for 30 minutes) and only while the owner allows review; a visitor
who refused or withdrew sharing with staff is left alone, unless words may be used to improve.
A live `handoff` grant for the conversation allows it at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, true

from bot.conversation.types import RESOLVED
from bot.database.tables import consent_event, conversation, grant
from bot.errors import NotAllowed

IDLE = timedelta(minutes=30)


class NotReviewable(NotAllowed):
    """The conversation exists, and staff may not read it; `code` says why."""

    code = "transcript.not_reviewable"


@dataclass(frozen=True)
class Access:
    """Why a transcript may be read: under a grant, or as a finished conversation (no grant)."""

    grant_id: str | None


def reviewable(now: datetime, *, staff_review: bool) -> ColumnElement[bool]:
    """Return the condition on `conversation` rows that staff may review."""
    allowed = has_grant("handoff", now)
    if staff_review:
        unobjected = or_(~_objected(), has_grant("improve", now))
        allowed = or_(allowed, and_(_finished(now), unobjected))
    return and_(conversation.c.erased_at.is_(None), allowed)


def has_grant(purpose: str, now: datetime) -> ColumnElement[bool]:
    """Match conversations whose visitor permits this purpose now, for them or everywhere."""
    return exists().where(*_grant_of(purpose, now)).correlate(conversation)


def find_access(
    connection: Connection, conversation_id: str, now: datetime, *, staff_review: bool
) -> Access:
    """Return why a transcript may be read; raise `NotReviewable` with the reason it may not."""
    row = connection.execute(
        select(
            conversation.c.erased_at,
            _finished(now).label("finished"),
            _objected().label("objected"),
            _grant_id("handoff", now).label("handoff"),
            _grant_id("improve", now).label("improve"),
        ).where(conversation.c.id == conversation_id)
    ).one_or_none()
    if row is None or row.erased_at is not None:
        raise NotReviewable(
            "There is no such transcript, or it was erased.", code="transcript.gone"
        )
    if row.handoff is not None:
        return Access(row.handoff)
    if not staff_review:
        raise NotReviewable("The owner has switched review off.", code="transcript.review_off")
    if not row.finished:
        raise NotReviewable(
            "This conversation is going on and is not shared with staff.", code="transcript.live"
        )
    if row.objected and row.improve is None:
        raise NotReviewable(
            "The visitor refused or ended sharing this conversation with staff.",
            code="transcript.refused",
        )
    return Access(row.improve if row.objected else None)


def _finished(now: datetime) -> ColumnElement[bool]:
    return or_(conversation.c.status == RESOLVED, conversation.c.last_message_at <= now - IDLE)


def _objected() -> ColumnElement[bool]:
    """Match conversations in which sharing with staff was refused or withdrawn.

    A withdrawal of everything (scope '-') concerns the conversations that existed then.
    """
    event = consent_event.c
    concerned = or_(
        event.scope_id == conversation.c.id,
        and_(event.scope_id == "-", event.occurred_at >= conversation.c.created_at),
    )
    return (
        exists()
        .where(
            event.visitor_id == conversation.c.visitor_id,
            event.purpose == "handoff",
            event.action.in_(("refused", "withdrawn", "revoked")),
            concerned,
        )
        .correlate(conversation)
    )


def _grant_id(purpose: str, now: datetime) -> Any:
    return (
        select(grant.c.id)
        .where(*_grant_of(purpose, now))
        .order_by(grant.c.id)
        .limit(1)
        .correlate(conversation)
        .scalar_subquery()
    )


def _grant_of(purpose: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    everywhere = grant.c.scope_id == "-" if purpose != "handoff" else ~true()
    return (
        grant.c.visitor_id == conversation.c.visitor_id,
        grant.c.purpose == purpose,
        or_(grant.c.scope_id == conversation.c.id, everywhere),
        or_(grant.c.expires_at.is_(None), grant.c.expires_at > now),
    )
