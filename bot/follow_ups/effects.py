"""What a turn may do about follow-ups: note a wish, and put the one confirmation mail out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from bot.database.tables import follow_up_wish, outbox

Kind = Literal["answer", "news"]
CONFIRMATION = "confirmation"


@dataclass(frozen=True)
class RecordWish:
    """Effect: note what a message asks to be sent. It promises nothing and holds no address."""

    message_id: str
    conversation_id: str
    kind: Kind
    answer_message_id: str | None
    language: str

    def apply(self, connection: Connection, now: datetime) -> None:
        known = select(follow_up_wish.c.kind).where(follow_up_wish.c.message_id == self.message_id)
        if connection.execute(known).one_or_none() is not None:
            return
        connection.execute(
            insert(follow_up_wish).values(
                message_id=self.message_id,
                conversation_id=self.conversation_id,
                kind=self.kind,
                answer_message_id=self.answer_message_id,
                language=self.language,
                created_at=now,
            )
        )


@dataclass(frozen=True)
class AskConfirmation:
    """Effect: mail the visitor the one question whether the address is theirs, once per yes."""

    outbox_id: str
    visitor_id: str
    contact_point_id: str
    given_event_id: str
    language: str

    def apply(self, connection: Connection, now: datetime) -> None:
        asked = select(outbox.c.id).where(outbox.c.given_event_id == self.given_event_id)
        if connection.execute(asked).one_or_none() is not None:
            return
        connection.execute(
            insert(outbox).values(
                id=self.outbox_id,
                kind=CONFIRMATION,
                visitor_id=self.visitor_id,
                contact_point_id=self.contact_point_id,
                given_event_id=self.given_event_id,
                language=self.language,
                next_attempt_at=now,
                created_at=now,
            )
        )
