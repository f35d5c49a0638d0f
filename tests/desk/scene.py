"""People at both ends of the desk: visitors who talk and share, staff who sign in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.clock import new_id
from bot.consent.effects import AnswerPermission, GivePermission, RequestPermission, WithdrawAll
from bot.consent.notices import register
from bot.conversation.store import add_message, create_conversation, get_conversation, set_status
from bot.database import Database
from bot.database.tables import access_log, message_original, turn
from bot.handoff import OpenHandoff
from bot.keys import Keys
from bot.redaction import mask_secrets, redact
from bot.staff import Staff, add_staff, hash_password
from tests.conftest import FixedClock
from tests.consent.scene import notice_id, some_notices

PASSWORD = "correct horse battery"
PASSWORD_HASH = hash_password(PASSWORD)


@dataclass
class Scene:
    database: Database
    keys: Keys
    clock: FixedClock

    def __post_init__(self) -> None:
        with self.database.transaction() as connection:
            register(connection, some_notices(), self.clock.now())

    def staff(self, name: str = "Sam Staff") -> Staff:
        with self.database.transaction() as connection:
            return add_staff(
                connection,
                email=f"{name.split()[0]}@example.org",
                name=name,
                password_hash=PASSWORD_HASH,
                now=self.clock.now(),
            )

    def talk(self, *texts: str, language: str = "en", visitor_id: str | None = None) -> str:
        """Start a conversation in which a visitor said these texts; return its id."""
        conversation_id = new_id()
        with self.database.transaction() as connection:
            create_conversation(
                connection,
                conversation_id=conversation_id,
                channel="web",
                language=language,
                now=self.clock.now(),
                visitor_id=visitor_id,
            )
        for text in texts:
            self.say(conversation_id, text)
        return conversation_id

    def say(self, conversation_id: str, text: str) -> str:
        """Store a visitor's message as a channel does; return its id."""
        message_id, now = new_id(), self.clock.now()
        with self.database.transaction() as connection:
            add_message(
                connection,
                message_id=message_id,
                conversation_id=conversation_id,
                author="visitor",
                text=redact(text),
                channel="web",
                now=now,
            )
            connection.execute(
                insert(message_original).values(
                    message_id=message_id,
                    conversation_id=conversation_id,
                    text_encrypted=self.keys.encrypt(mask_secrets(text)),
                    created_at=now,
                )
            )
        return message_id

    def answer(
        self,
        conversation_id: str,
        message_id: str,
        text: str = "Here is how.",
        *,
        need: str = "learn_how",
        confidence: float = 0.92,
        outcome: str = "replied",
        sources: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Store the turn of a message and the assistant's reply."""
        now = self.clock.now()
        with self.database.transaction() as connection:
            connection.execute(
                insert(turn).values(
                    message_id=message_id,
                    conversation_id=conversation_id,
                    outcome=outcome,
                    need=need,
                    confidence=confidence,
                    language="en",
                    sources=list(sources),
                    seconds=0.1,
                    created_at=now,
                )
            )
            add_message(
                connection,
                message_id=new_id(),
                conversation_id=conversation_id,
                author="assistant",
                text=text,
                body={"kind": "answer", "sources": list(sources)},
                channel="web",
                now=now,
                in_reply_to=message_id,
            )

    def visitor_of(self, conversation_id: str) -> str:
        with self.database.reading() as connection:
            return get_conversation(connection, conversation_id).visitor_id

    def ask(self, conversation_id: str, purpose: str = "handoff", scope: str | None = None) -> str:
        event_id = new_id()
        effect = RequestPermission(
            event_id=event_id,
            visitor_id=self.visitor_of(conversation_id),
            purpose=purpose,
            channel="chat",
            scope_id=scope or conversation_id,
            asked_on="web",
            notice_id=notice_id(purpose),
            idem_key=new_id(),
        )
        with self.database.transaction() as connection:
            effect.apply(connection, self.clock.now())
        return event_id

    def permit(
        self,
        conversation_id: str,
        purpose: str = "handoff",
        scope: str | None = None,
        days: int | None = None,
    ) -> str:
        """Ask and get a yes; return the grant's id."""
        given_id = new_id()
        expires_at = self.clock.now() + timedelta(days=days) if days else None
        effect = GivePermission(
            event_id=given_id,
            request_event_id=self.ask(conversation_id, purpose, scope),
            method="button",
            idem_key=new_id(),
            expires_at=expires_at,
        )
        with self.database.transaction() as connection:
            effect.apply(connection, self.clock.now())
        return given_id

    def refuse(self, conversation_id: str, purpose: str = "handoff") -> None:
        effect = AnswerPermission(
            event_id=new_id(),
            request_event_id=self.ask(conversation_id, purpose),
            action="refused",
            method="button",
            idem_key=new_id(),
        )
        with self.database.transaction() as connection:
            effect.apply(connection, self.clock.now())

    def share(self, conversation_id: str, days: int | None = None) -> str:
        """Let staff have the conversation, as the visitor's yes does; return the grant's id."""
        grant_id = self.permit(conversation_id, days=days)
        effect = OpenHandoff(
            handoff_id=new_id(),
            conversation_id=conversation_id,
            visitor_id=self.visitor_of(conversation_id),
            grant_event_id=grant_id,
        )
        with self.database.transaction() as connection:
            effect.apply(connection, self.clock.now())
        return grant_id

    def withdraw(self, conversation_id: str) -> None:
        effect = WithdrawAll(
            visitor_id=self.visitor_of(conversation_id),
            asked_on="web",
            method="typed",
            idem_prefix=new_id(),
        )
        with self.database.transaction() as connection:
            effect.apply(connection, self.clock.now())

    def resolved(self, conversation_id: str) -> None:
        with self.database.transaction() as connection:
            set_status(connection, conversation_id, "resolved", self.clock.now())

    def reads(self, conversation_id: str) -> list[tuple[str, str, str | None]]:
        """Return who read a conversation, how, and under which grant."""
        log = access_log.c
        with self.database.reading() as connection:
            rows = connection.execute(
                select(log.staff_id, log.action, log.grant_id)
                .where(log.conversation_id == conversation_id)
                .order_by(log.created_at, log.action)
            )
            return [tuple(row) for row in rows]
