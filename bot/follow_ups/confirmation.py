"""A confirmed address: the permission starts to count, and what was asked for is scheduled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import Connection, insert, select

from bot.clock import derived_id
from bot.consent.acts import confirm
from bot.consent.events import ConsentEvent
from bot.database.tables import follow_up
from bot.errors import Gone, NotFound
from bot.follow_ups.questions import find_question
from bot.follow_ups.wishes import Wish, find_wish
from bot.settings import Settings

# When a mail leaves that is wanted on a day, by this machine's own time zone.
MORNING = time(8)


@dataclass(frozen=True)
class FollowUp:
    """A mail under a live grant. News is `offered` until there is something to say."""

    id: str
    conversation_id: str
    visitor_id: str
    contact_point_id: str
    scope_id: str
    grant_event_id: str
    state: str
    kind: str
    language: str
    subject: str
    due_at: datetime | None


def confirm_follow_up(
    connection: Connection,
    given_event_id: str,
    now: datetime,
    *,
    settings: Settings,
    method: str = "email_link",
) -> FollowUp:
    """Confirm a yes to mail and schedule what it was about; confirming again changes nothing.

    Raises `NotFound` for an unknown question and `Gone` for one that lapsed or was withdrawn.
    """
    question = find_question(connection, given_event_id, now)
    if question.state in {"ended", "lapsed"}:
        raise Gone(
            "This question has lapsed or was withdrawn; nothing is sent.", code="follow_up.lapsed"
        )
    confirmed = confirm(connection, given_event_id, now, method)
    known = _find(connection, _id_for(confirmed))
    if known is not None:
        return known
    wish = find_wish(connection, question.given.scope_id, settings.base_url)
    if wish is None:
        raise Gone("What was asked for is no longer kept.", code="follow_up.lapsed")
    return _schedule(connection, confirmed, wish, now)


def _id_for(confirmed: ConsentEvent) -> str:
    return derived_id(confirmed.id, "follow_up")


def _schedule(
    connection: Connection, confirmed: ConsentEvent, wish: Wish, now: datetime
) -> FollowUp:
    follow_up_id = _id_for(confirmed)
    ready = wish.content is not None
    connection.execute(
        insert(follow_up).values(
            id=follow_up_id,
            conversation_id=wish.conversation_id,
            visitor_id=confirmed.visitor_id,
            purpose=confirmed.purpose,
            channel=confirmed.channel,
            contact_point_id=confirmed.contact_point_id,
            scope_id=confirmed.scope_id,
            grant_event_id=confirmed.id,
            live_grant_id=confirmed.id,
            state="scheduled" if ready else "offered",
            kind=wish.kind,
            language=wish.language,
            subject=wish.content.title if wish.content else "",
            content=wish.content.to_json() if wish.content else None,
            due_at=_due_at(confirmed, wish, now) if ready else None,
            created_at=now,
        )
    )
    scheduled = _find(connection, follow_up_id)
    if scheduled is None:  # inserted above, in this transaction
        raise NotFound("There is no such follow-up.", code="follow_up.not_found")
    return scheduled


def _due_at(confirmed: ConsentEvent, wish: Wish, now: datetime) -> datetime:
    """Return when the answer leaves: on the morning it is wanted, else now.

    Now also when the permission ends before that morning: late would be never.
    """
    if wish.wanted_on is None:
        return now
    morning = datetime.combine(wish.wanted_on, MORNING).astimezone().astimezone(UTC)
    in_time = confirmed.expires_at is None or morning < confirmed.expires_at
    return max(now, morning) if in_time else now


def _find(connection: Connection, follow_up_id: str) -> FollowUp | None:
    columns = [follow_up.c[name] for name in FollowUp.__dataclass_fields__]
    row = connection.execute(select(*columns).where(follow_up.c.id == follow_up_id)).one_or_none()
    return None if row is None else FollowUp(**row._mapping)
