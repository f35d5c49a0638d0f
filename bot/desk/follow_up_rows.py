"""Follow-ups as the desk sees them: states and reasons, never an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, or_, select, update

from bot.consent.contacts import open_contact_point
from bot.conversation.types import VISITOR
from bot.database.tables import follow_up, grant, message, outbox, turn
from bot.errors import Conflict, NotFound
from bot.follow_ups.address import mask_address
from bot.follow_ups.content import Content
from bot.follow_ups.rows import BACK_OFF
from bot.keys import Keys
from bot.redaction import redact
from bot.staff import record_access

SHOWN = 200
ASKED_LINES = 3
_ORDER = ("offered", "sending", "scheduled", "sent", "cancelled")


@dataclass(frozen=True)
class FollowUpRow:
    """A follow-up. `address` is masked, and None when it has no live permission."""

    id: str
    conversation_id: str
    state: str
    kind: str
    language: str
    need: str | None
    due_at: datetime | None
    created_at: datetime
    attempts: int
    last_error: str | None
    address: str | None
    # the days to come in the message that asked for it, as `bot.findings` keeps them
    wanted: Sequence[Mapping[str, str]]

    @property
    def failing(self) -> bool:
        """Tell whether every step of the back-off was used: it goes on once a day."""
        return self.attempts >= len(BACK_OFF) and self.state in {"scheduled", "sending"}

    @property
    def wants_news(self) -> bool:
        return self.kind == "news" and self.state == "offered"


@dataclass(frozen=True)
class Confirmation:
    """A confirmation mail that has not left. Its address is nobody's business yet."""

    id: str
    state: str
    language: str
    created_at: datetime
    attempts: int
    last_error: str | None


def list_follow_ups(connection: Connection, keys: Keys, now: datetime) -> Sequence[FollowUpRow]:
    """Return the follow-ups that need somebody first, then the newest."""
    order = case({name: place for place, name in enumerate(_ORDER)}, value=follow_up.c.state)
    rows = connection.execute(
        _select(now).order_by(order, follow_up.c.created_at.desc()).limit(SHOWN)
    )
    return [_to_row(connection, keys, row) for row in rows]


def unsent_confirmations(connection: Connection) -> Sequence[Confirmation]:
    columns = [outbox.c[name] for name in Confirmation.__dataclass_fields__]
    rows = connection.execute(
        select(*columns)
        .where(outbox.c.state != "sent")
        .order_by(outbox.c.created_at.desc())
        .limit(SHOWN)
    )
    return [Confirmation(**row._mapping) for row in rows]


def read_follow_up(
    connection: Connection, keys: Keys, follow_up_id: str, *, staff_id: str, now: datetime
) -> tuple[FollowUpRow, Sequence[str]]:
    """Return a follow-up that waits for news, with the redacted words that asked for it.

    They are read under its own live permission, and the read is written down. Raises
    `NotFound`, or `Conflict` when it waits for nothing (any more).
    """
    row = connection.execute(_select(now).where(follow_up.c.id == follow_up_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such follow-up.", code="desk.not_found")
    found = _to_row(connection, keys, row)
    if not found.wants_news or row.live_id is None:
        raise _not_open()
    record_access(
        connection,
        staff_id=staff_id,
        conversation_id=found.conversation_id,
        action="follow_up.read",
        now=now,
        grant_id=row.live_id,
    )
    return found, _asked(connection, found.conversation_id, row.scope_id)


def schedule_news(connection: Connection, follow_up_id: str, text: str, now: datetime) -> None:
    """Give a follow-up its words and let it leave; raise `Conflict` if it waits for none."""
    live = select(grant.c.id).where(or_(grant.c.expires_at.is_(None), grant.c.expires_at > now))
    changed = connection.execute(
        update(follow_up)
        .where(
            follow_up.c.id == follow_up_id,
            follow_up.c.kind == "news",
            follow_up.c.state == "offered",
            follow_up.c.live_grant_id.in_(live),
        )
        .values(content=Content(text).to_json(), due_at=now, state="scheduled")
    )
    if changed.rowcount == 0:
        raise _not_open()


def _not_open() -> Conflict:
    return Conflict("This follow-up needs no news.", code="follow_up.not_open")


def _select(now: datetime) -> Select[Any]:
    live = (grant.c.id == follow_up.c.live_grant_id) & or_(
        grant.c.expires_at.is_(None), grant.c.expires_at > now
    )
    return (
        select(follow_up, turn.c.need, grant.c.id.label("live_id"), message.c.body.label("asking"))
        .outerjoin(turn, turn.c.message_id == follow_up.c.scope_id)
        .outerjoin(message, message.c.id == follow_up.c.scope_id)
        .outerjoin(grant, live)
    )


def _to_row(connection: Connection, keys: Keys, row: Row[Any]) -> FollowUpRow:
    values = dict(row._mapping)
    found = (row.asking or {}).get("found", ())
    asked_on = row.created_at.astimezone().date().isoformat()
    values["wanted"] = [one for one in found if one.get("last", "") >= asked_on]
    values["address"] = None
    if row.live_id is not None and row.state not in {"sent", "cancelled"}:
        values["address"] = mask_address(open_contact_point(connection, keys, row.contact_point_id))
    return FollowUpRow(**{name: values[name] for name in FollowUpRow.__dataclass_fields__})


def _asked(connection: Connection, conversation_id: str, message_id: str) -> Sequence[str]:
    """Return the visitor's last lines up to the one that asked, oldest first."""
    asking = select(message.c.seq).where(message.c.id == message_id).scalar_subquery()
    rows = connection.execute(
        select(message.c.text)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.author == VISITOR,
            message.c.seq <= asking,
        )
        .order_by(message.c.seq.desc())
        .limit(ASKED_LINES)
    ).scalars()
    return [redact(text) for text in reversed(list(rows))]
