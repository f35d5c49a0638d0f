"""What a visitor asked to be sent, as it was noted by the turn that asked the permission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from bot.database.tables import follow_up_wish, message
from bot.follow_ups.content import Content, content_of_reply


@dataclass(frozen=True)
class Wish:
    """`content` is the answer to send; None for news, which is still to be written."""

    message_id: str
    conversation_id: str
    kind: str
    language: str
    content: Content | None
    # the first day it was asked for, by `bot.findings`
    wanted_on: date | None = None


def find_wish(connection: Connection, message_id: str, base_url: str) -> Wish | None:
    """Return the wish of a visitor's message, or None when it was erased with it."""
    asking = message.alias("asking")
    row = connection.execute(
        select(
            follow_up_wish.c.conversation_id,
            follow_up_wish.c.kind,
            follow_up_wish.c.language,
            follow_up_wish.c.created_at,
            message.c.text,
            message.c.body,
            asking.c.body.label("asking"),
        )
        .join(asking, asking.c.id == follow_up_wish.c.message_id)
        .outerjoin(message, message.c.id == follow_up_wish.c.answer_message_id)
        .where(follow_up_wish.c.message_id == message_id)
    ).one_or_none()
    if row is None:
        return None
    answered = row.kind == "answer" and row.body is not None
    return Wish(
        message_id=message_id,
        conversation_id=row.conversation_id,
        kind=row.kind if answered else "news",
        language=row.language,
        content=content_of_reply(row.text, row.body, base_url) if answered else None,
        wanted_on=_first_day(row.asking.get("found", ()), row.created_at.astimezone().date()),
    )


def _first_day(found: Sequence[Mapping[str, str]], said_on: date) -> date | None:
    """Return the first day that was to come when it was said."""
    days = [one["first"] for one in found if one.get("last", "") >= said_on.isoformat()]
    return date.fromisoformat(days[0]) if days else None
