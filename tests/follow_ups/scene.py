"""A visitor who asked for mail and said yes, with everything that a turn would have written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.clock import derived_id
from bot.consent.acts import ask, give
from bot.consent.contacts import store_contact_point
from bot.consent.notice_files import Notice
from bot.consent.notices import Notices, register
from bot.conversation.store import add_message, create_conversation
from bot.database import Database
from bot.database.tables import follow_up, message_original, outbox
from bot.follow_ups import AskConfirmation, RecordWish
from bot.keys import Keys
from bot.settings import Settings
from bot.texts import Texts, load_texts

ADDRESS = "jan@example.org"
WORDS = "My kettle went boom, mail me how to descale it"
PASSAGE = "Fill it with vinegar.\n\n1. Wait for *ten* minutes.\n2. Rinse ([more](other.md#rinse))."
SOURCE = {
    "title": "Descale a kettle [2026] & more",
    "url": "http://127.0.0.1:8080/help/en/kettle#descale",
    "passage": PASSAGE,
    "reviewed": "2026-03-01",
    "language": "en",
    "affiliate": None,
}


@dataclass(frozen=True)
class Asked:
    """The identifiers of what was written."""

    visitor_id: str
    conversation_id: str
    message_id: str
    contact_point_id: str
    given_event_id: str
    outbox_id: str


def words_of(settings: Settings) -> Texts:
    return load_texts(settings.project_dir, settings.languages)


def some_notices() -> Notices:
    """Return a question for handoff and for follow-up, in both languages."""
    return Notices(
        Notice(
            id=derived_id("notice", f"{language}/{purpose}"),
            purpose=purpose,
            version=1,
            language=language,
            body=f"{purpose} ({language})?",
            yes="Yes",
            no="No",
            later="Not now",
            template_sha256="t",
        )
        for language in ("en", "nl")
        for purpose in ("handoff", "follow_up")
    )


def ask_for_mail(
    connection: Connection,
    settings: Settings,
    keys: Keys,
    now: datetime,
    *,
    person: str = "anna",
    address: str = ADDRESS,
    kind: Any = "answer",
    language: str = "en",
) -> Asked:
    """Write a conversation with an answer, the wish to have it mailed, and the yes to that."""
    notices = some_notices()
    register(connection, notices, now)
    talk = create_conversation(
        connection,
        conversation_id=derived_id(person, "talk"),
        channel="web",
        language=language,
        now=now,
        external_id=f"web/{person}",
        token_hash=derived_id(person, "token"),
    )
    answer_id, wish_id = derived_id(person, "answer"), derived_id(person, "wish")
    add_message(
        connection,
        message_id=answer_id,
        conversation_id=talk.id,
        author="assistant",
        text=PASSAGE,
        channel="web",
        now=now,
        body={"kind": "answer", "sources": [SOURCE]},
    )
    add_message(
        connection,
        message_id=wish_id,
        conversation_id=talk.id,
        author="visitor",
        text=WORDS,
        channel="web",
        now=now,
    )
    connection.execute(
        insert(message_original).values(
            message_id=wish_id,
            conversation_id=talk.id,
            text_encrypted=keys.encrypt(f"{WORDS} to {address}"),
            created_at=now,
        )
    )
    answered = answer_id if kind == "answer" else None
    RecordWish(wish_id, talk.id, kind, answered, language).apply(connection, now)
    notice = notices.find("follow_up", language)
    assert notice is not None
    request = ask(
        connection,
        now,
        visitor_id=talk.visitor_id,
        purpose="follow_up",
        channel="email",
        scope_id=wish_id,
        asked_on="web",
        notice_id=notice.id,
        idem_key=f"{wish_id}/asked",
    )
    contact_point_id = store_contact_point(
        connection, keys, visitor_id=talk.visitor_id, kind="email", value=address, now=now
    )
    given = give(
        connection,
        now,
        request_event_id=request.id,
        method="typed_reply",
        idem_key=f"{wish_id}/given",
        expires_at=now + timedelta(days=settings.follow_up_days),
        contact_point_id=contact_point_id,
        evidence="yes please",
        keys=keys,
    )
    outbox_id = derived_id(person, "outbox")
    AskConfirmation(outbox_id, talk.visitor_id, contact_point_id, given.id, language).apply(
        connection, now
    )
    return Asked(talk.visitor_id, talk.id, wish_id, contact_point_id, given.id, outbox_id)


def outbox_row(database: Database, outbox_id: str) -> Any:
    with database.reading() as connection:
        return connection.execute(select(outbox).where(outbox.c.id == outbox_id)).one()


def follow_up_rows(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(follow_up)).all())
