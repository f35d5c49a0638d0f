"""A visitor, a conversation and permissions, for tests that need them to be there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.clock import derived_id, new_id
from bot.consent.acts import ask, confirm, give
from bot.consent.events import ConsentEvent
from bot.consent.notice_files import Notice
from bot.consent.notices import Notices, register
from bot.consent.purposes import PURPOSES
from bot.database import tables

CHANNELS = {"handoff": "chat", "follow_up": "email", "updates": "email"}


def some_notices() -> Notices:
    """Return a short notice for every purpose."""
    return Notices(
        Notice(derived_id("notice", code), code, 1, "en", f"{code}?", "Yes", "No", "Not now", "t")
        for code in PURPOSES
    )


def notice_id(purpose: str) -> str:
    return derived_id("notice", purpose)


def set_up(connection: Connection, now: datetime, people: Iterable[str] = ("anna",)) -> None:
    """Store the notices and, for each person, a conversation and an address.

    `anna` has the conversation `anna-talk` and the addresses `anna-mail` and `anna-other`.
    """
    register(connection, some_notices(), now)
    for person in people:
        add_person(connection, now, person)


def add_person(connection: Connection, now: datetime, person: str) -> None:
    connection.execute(insert(tables.visitor).values(id=person, created_at=now))
    connection.execute(
        insert(tables.conversation).values(
            id=f"{person}-talk",
            visitor_id=person,
            channel="web",
            language="en",
            created_at=now,
            last_message_at=now,
        )
    )
    for address in ("mail", "other"):
        connection.execute(
            insert(tables.contact_point).values(
                id=f"{person}-{address}",
                visitor_id=person,
                kind="email",
                value_encrypted=b"x",
                look_up=address,
                created_at=now,
            )
        )


def asked(
    connection: Connection,
    now: datetime,
    purpose: str,
    person: str = "anna",
    scope: str = "anna-talk",
    **more: Any,
) -> ConsentEvent:
    return ask(
        connection,
        now,
        visitor_id=person,
        purpose=purpose,
        channel=CHANNELS.get(purpose, "chat"),
        scope_id=scope,
        asked_on="web",
        notice_id=notice_id(purpose),
        idem_key=new_id(),
        **more,
    )


def yes(connection: Connection, now: datetime, request: ConsentEvent, **more: Any) -> ConsentEvent:
    more.setdefault("idem_key", new_id())
    return give(connection, now, request_event_id=request.id, method="button", **more)


def granted(
    connection: Connection,
    now: datetime,
    purpose: str = "handoff",
    person: str = "anna",
    scope: str = "anna-talk",
    **more: Any,
) -> ConsentEvent:
    """Ask, answer yes, and confirm where that is needed; return the event that opened it."""
    if CHANNELS.get(purpose) == "email":
        more.setdefault("contact_point_id", f"{person}-mail")
    given = yes(connection, now, asked(connection, now, purpose, person, scope), **more)
    if PURPOSES[purpose].double_opt_in:
        return confirm(connection, given.id, now, "email_link")
    return given


def handoff_row(grant: ConsentEvent | str, now: datetime, **other: Any) -> dict[str, Any]:
    """Return a handoff of anna's talk as it would be inserted; `other` replaces columns."""
    grant_id = grant if isinstance(grant, str) else grant.id
    return {
        "id": new_id(),
        "conversation_id": "anna-talk",
        "visitor_id": "anna",
        "channel": "chat",
        "contact_point_id": "-",
        "scope_id": "anna-talk",
        "grant_event_id": grant_id,
        "live_grant_id": grant_id,
        "requested_at": now,
        **other,
    }


def follow_up_row(grant: ConsentEvent | str, now: datetime, **other: Any) -> dict[str, Any]:
    """Return a follow-up of anna's talk as it would be inserted; `other` replaces columns."""
    grant_id = grant if isinstance(grant, str) else grant.id
    return {
        "id": new_id(),
        "conversation_id": "anna-talk",
        "visitor_id": "anna",
        "channel": "email",
        "contact_point_id": "anna-mail",
        "scope_id": "anna-talk",
        "grant_event_id": grant_id,
        "live_grant_id": grant_id,
        "kind": "answer",
        "language": "en",
        "subject": "Your question",
        "created_at": now,
        **other,
    }


def add_handoff(connection: Connection, grant: ConsentEvent, now: datetime, **other: Any) -> str:
    row = handoff_row(grant, now, **other)
    connection.execute(insert(tables.handoff).values(row))
    return str(row["id"])


def add_follow_up(connection: Connection, grant: ConsentEvent, now: datetime, **other: Any) -> str:
    row = follow_up_row(grant, now, **other)
    connection.execute(insert(tables.follow_up).values(row))
    return str(row["id"])


def set_state(connection: Connection, table: Any, row_id: str, state: str) -> None:
    connection.execute(update(table).where(table.c.id == row_id).values(state=state))


def state_of(connection: Connection, table: Any, row_id: str) -> tuple[str, str | None]:
    """Return a row's state and the grant it still holds."""
    query = select(table.c.state, table.c.live_grant_id).where(table.c.id == row_id)
    return tuple(connection.execute(query).one())


def grant_ids(connection: Connection) -> set[str]:
    return set(connection.scalars(select(tables.grant.c.id)))
