"""How visitors are asked and answer, written to the ledger. Chat, pages and mail links all
come here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.clock import derived_id
from bot.consent.events import ANY, ConsentEvent, EventDraft
from bot.consent.ledger import append, event_by_id
from bot.errors import ConsentRefused
from bot.keys import Keys

VISITOR = "visitor"


def ask(
    connection: Connection,
    now: datetime,
    *,
    visitor_id: str,
    purpose: str,
    channel: str,
    scope_id: str,
    asked_on: str,
    notice_id: str,
    idem_key: str,
    contact_point_id: str = ANY,
    event_id: str | None = None,
) -> ConsentEvent:
    """Record that a visitor was asked for one purpose in the words of a notice."""
    draft = EventDraft(
        visitor_id,
        purpose,
        channel,
        "requested",
        asked_on,
        "assistant",
        "question",
        idem_key,
        contact_point_id=contact_point_id,
        scope_id=scope_id,
        notice_id=notice_id,
        id=event_id,
    )
    return append(connection, draft, now)


def give(
    connection: Connection,
    now: datetime,
    *,
    request_event_id: str,
    method: str,
    idem_key: str,
    expires_at: datetime | None = None,
    contact_point_id: str | None = None,
    asked_on: str | None = None,
    event_id: str | None = None,
    evidence: str | None = None,
    keys: Keys | None = None,
    renewed: bool = False,
) -> ConsentEvent:
    """Record the yes to a question; `contact_point_id` may narrow it to one address.

    The rest is copied from the question. Raises `ConsentRefused` when the question was
    answered, withdrawn or asked again since.
    """
    action = "renewed" if renewed else "given"
    draft = _answer(connection, request_event_id, action, method, idem_key, asked_on)
    draft = replace(draft, expires_at=expires_at, id=event_id, evidence=evidence)
    if contact_point_id is not None:
        draft = replace(draft, contact_point_id=contact_point_id)
    return append(connection, draft, now, keys)


def refuse(
    connection: Connection,
    now: datetime,
    *,
    request_event_id: str,
    method: str,
    idem_key: str,
    asked_on: str | None = None,
    event_id: str | None = None,
) -> ConsentEvent:
    """Record the no to a question; it also ends a live grant for the same."""
    draft = _answer(connection, request_event_id, "refused", method, idem_key, asked_on)
    return append(connection, replace(draft, id=event_id), now)


def defer(
    connection: Connection,
    now: datetime,
    *,
    request_event_id: str,
    method: str,
    idem_key: str,
    asked_on: str | None = None,
    event_id: str | None = None,
) -> ConsentEvent:
    """Record "not now": neither yes nor no, the question stays open."""
    draft = _answer(connection, request_event_id, "deferred", method, idem_key, asked_on)
    return append(connection, replace(draft, id=event_id), now)


def confirm(
    connection: Connection,
    given_event_id: str,
    now: datetime,
    method: str,
    *,
    asked_on: str = "email",
) -> ConsentEvent:
    """Record that the address confirmed what was given (double opt-in).

    Twice is once: the second call returns the same event, also if it was withdrawn since; ask
    `grant_by_id` whether it is live. Raises `ConsentRefused` when what was given has ended.
    """
    idem_key = f"confirmed/{given_event_id}"
    draft = _answer(connection, given_event_id, "confirmed", method, idem_key, asked_on)
    given = event_by_id(connection, given_event_id)
    draft = replace(
        draft,
        expires_at=given.expires_at if given else None,
        id=derived_id(given_event_id, "confirmed"),
    )
    return append(connection, draft, now)


def _answer(
    connection: Connection,
    answered_id: str,
    action: str,
    method: str,
    idem_key: str,
    asked_on: str | None,
) -> EventDraft:
    """Return a draft that repeats the event it answers, as the visitor's own act."""
    answered = event_by_id(connection, answered_id)
    if answered is None:
        raise ConsentRefused("the question is not in the ledger")
    return EventDraft(
        visitor_id=answered.visitor_id,
        purpose=answered.purpose,
        channel=answered.channel,
        action=action,
        asked_on=asked_on or answered.asked_on,
        actor=VISITOR,
        method=method,
        idem_key=idem_key,
        contact_point_id=answered.contact_point_id,
        scope_id=answered.scope_id,
        answers_event_id=answered.id,
        notice_id=answered.notice_id,
    )
