"""The sender: what is due leaves once, waits when it can't, and stops when it may not."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import Connection, update

from bot.consent.endings import withdraw
from bot.database import Database
from bot.database.tables import follow_up
from bot.follow_ups import DueSender, FileTransport, confirm_follow_up, make_transport
from bot.follow_ups.content import Content
from bot.follow_ups.rows import BACK_OFF
from bot.keys import Keys
from bot.privacy import erase_visitor
from bot.settings import Settings, load_settings
from tests.conftest import FixedClock
from tests.follow_ups.mail_server import HOST, free_port, mail_server, part
from tests.follow_ups.scene import (
    ADDRESS,
    WORDS,
    Asked,
    ask_for_mail,
    follow_up_rows,
    outbox_row,
    words_of,
)

pytestmark = pytest.mark.asyncio


def by_smtp(settings: Settings, port: int) -> Settings:
    return load_settings(
        data_dir=settings.data_dir,
        organisation="Example Ltd",
        smtp_url=f"smtp://{HOST}:{port}",
        mail_from="Example <help@example.com>",
    )


def sender_for(database: Database, keys: Keys, settings: Settings) -> DueSender:
    return DueSender(database, keys, settings, words_of(settings), make_transport(settings))


def asked_and_confirmed(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> Asked:
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
        confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    return asked


async def test_confirmation_mail_arrives_once_and_quotes_no_visitor(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    settings = by_smtp(settings, free_port())
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
    sender = sender_for(database, keys, settings)
    with mail_server(int(settings.smtp_url.rpartition(":")[2])) as inbox:
        assert await sender.run_once(clock.now()) == 1
        assert await sender.run_once(clock.advance(3600)) == 0
    mail = inbox.mails[0]
    text, html = part(mail, "plain"), part(mail, "html")
    assert inbox.recipients == [ADDRESS]
    assert mail["Message-ID"] == f"<confirmation.{asked.outbox_id}@example.com>"
    assert "/follow-ups/confirm/" in text
    assert "Descale a kettle [2026] & more" in text
    assert "do nothing, and nothing is sent" in text
    assert WORDS not in text + html
    assert "boom" not in text + html
    assert outbox_row(database, asked.outbox_id).state == "sent"


async def test_follow_up_mail_has_passage_source_and_way_to_stop(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    settings = by_smtp(settings, free_port())
    asked_and_confirmed(database, settings, keys, clock)
    row = follow_up_rows(database)[0]
    with mail_server(int(settings.smtp_url.rpartition(":")[2])) as inbox:
        assert await sender_for(database, keys, settings).run_once(clock.now()) == 1
    mail = inbox.mails[0]
    text, html = part(mail, "plain"), part(mail, "html")
    stop = re.findall(r"http://\S+/permissions/unsubscribe/[\w.-]+", text)
    # as it travels: in one piece, not as encoded words that no mail program takes for an address
    assert f"\r\nList-Unsubscribe: <{stop[0]}>\r\n".encode() in inbox.raw[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<follow-up.example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<follow-up.{row.id}@example.com>"
    assert mail["Date"].datetime == clock.now().replace(microsecond=0)
    assert mail["Subject"] == "What you asked for: Descale a kettle [2026] & more"
    assert "Fill it with vinegar." in text
    assert "reviewed 2026-03-01" in text
    assert "http://127.0.0.1:8080/help/en/kettle#descale" in text
    assert f'<a href="{stop[0]}">' in html
    assert '<a href="http://127.0.0.1:8080/help/en/other#rinse">more</a>' in html
    assert "<em>ten</em>" in html
    sent = follow_up_rows(database)[0]
    assert (sent.state, sent.live_grant_id, sent.sent_at) == ("sent", None, clock.now())


async def test_follow_up_mail_speaks_the_visitors_language(
    sqlite_database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with sqlite_database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now(), language="nl")
        confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    await sender_for(sqlite_database, keys, settings).run_once(clock.now())
    path = settings.data_dir / "outbox" / f"{follow_up_rows(sqlite_database)[0].id}.eml"
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert mail["Content-Language"] == "nl"
    assert "nagekeken op 2026-03-01" in part(mail, "plain")


async def test_news_leaves_once_staff_have_written_it(
    sqlite_database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with sqlite_database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now(), kind="news")
        confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    sender = sender_for(sqlite_database, keys, settings)
    await sender.run_once(clock.now())
    assert follow_up_rows(sqlite_database)[0].state == "offered"
    with sqlite_database.transaction() as connection:
        words = Content("The red kettle is **back**.").to_json()
        connection.execute(
            update(follow_up).values(content=words, due_at=clock.now(), state="scheduled")
        )
    assert await sender.run_once(clock.now()) == 1
    path = settings.data_dir / "outbox" / f"{follow_up_rows(sqlite_database)[0].id}.eml"
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert mail["Subject"] == "News about your question to Example Ltd"
    assert "The red kettle is back." in part(mail, "plain")


async def test_mail_server_down_keeps_the_mail_until_it_is_back(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    port = free_port()
    settings = by_smtp(settings, port)
    asked_and_confirmed(database, settings, keys, clock)
    sender = sender_for(database, keys, settings)
    for attempt, wait in enumerate(BACK_OFF[:3], 1):
        assert await sender.run_once(clock.now()) == 0
        row = follow_up_rows(database)[0]
        assert (row.state, row.attempts) == ("scheduled", attempt)
        assert row.next_attempt_at == clock.now() + wait
        assert row.last_error == "The mail server does not answer."
        clock.advance(wait.total_seconds())
    with mail_server(port) as inbox:
        early = clock.now() - timedelta(seconds=1)
        assert await sender.run_once(early) == 0
        assert await sender.run_once(clock.now()) == 1
    assert len(inbox.mails) == 1
    assert follow_up_rows(database)[0].state == "sent"


async def test_refused_recipient_is_kept_without_the_address(
    database: Database,
    settings: Settings,
    keys: Keys,
    clock: FixedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = by_smtp(settings, free_port())
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now(), address="nobody@example.org")
    with mail_server(int(settings.smtp_url.rpartition(":")[2])):
        assert await sender_for(database, keys, settings).run_once(clock.now()) == 0
    row = outbox_row(database, asked.outbox_id)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert row.last_error == "The mail server refused the recipient (550)."
    assert "nobody@" not in caplog.text


async def test_address_beyond_ascii_gets_its_mail(
    sqlite_database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    settings = by_smtp(settings, free_port())
    with sqlite_database.transaction() as connection:
        ask_for_mail(connection, settings, keys, clock.now(), address="zoë@example.org")
    with mail_server(int(settings.smtp_url.rpartition(":")[2])) as inbox:
        assert await sender_for(sqlite_database, keys, settings).run_once(clock.now()) == 1
    assert inbox.recipients == ["zoë@example.org"]
    assert "\r\nTo: zoë@example.org\r\n".encode() in inbox.raw[0]


async def test_withdrawn_follow_up_never_leaves(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    asked = asked_and_confirmed(database, settings, keys, clock)
    with database.transaction() as connection:
        stop_all(connection, asked, clock)
    assert await sender_for(database, keys, settings).run_once(clock.now()) == 0
    assert follow_up_rows(database)[0].state == "cancelled"


async def test_withdrawn_question_is_not_mailed(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
        stop_all(connection, asked, clock)
    assert await sender_for(database, keys, settings).run_once(clock.now()) == 0
    assert outbox_row(database, asked.outbox_id).state == "failed"


async def test_expired_grant_sends_nothing_though_nobody_swept(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    asked_and_confirmed(database, settings, keys, clock)
    clock.advance(settings.follow_up_days * 86400 + 1)
    assert await sender_for(database, keys, settings).run_once(clock.now()) == 0
    assert follow_up_rows(database)[0].state == "cancelled"


async def test_interrupted_sending_is_repeated_under_the_same_name(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    asked_and_confirmed(database, settings, keys, clock)
    row_id = follow_up_rows(database)[0].id
    with database.transaction() as connection:  # as a process leaves it that dies while sending
        lease = clock.now() + timedelta(minutes=15)
        connection.execute(update(follow_up).values(state="sending", next_attempt_at=lease))
    sender = sender_for(database, keys, settings)
    assert await sender.run_once(clock.advance(14 * 60)) == 0
    assert await sender.run_once(clock.advance(2 * 60)) == 1
    assert await sender.run_once(clock.advance(3600)) == 0
    files = sorted(path.name for path in (settings.data_dir / "outbox").iterdir())
    assert f"{row_id}.eml" in files
    assert len(files) == 1


async def test_mail_files_are_private_and_go_with_the_visitor(
    sqlite_database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with sqlite_database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
    sender = sender_for(sqlite_database, keys, settings)
    await sender.run_once(clock.now())
    path = settings.data_dir / "outbox" / f"{asked.outbox_id}.eml"
    other = path.with_name("kept-by-the-owner.eml")
    other.write_text("not ours")
    assert path.stat().st_mode & 0o777 == 0o600
    with sqlite_database.transaction() as connection:
        erase_visitor(
            connection, asked.visitor_id, clock.now(), asked_on="web", idem_prefix="forget"
        )
    await sender.run_once(clock.advance(1))
    assert not path.exists()
    assert other.exists()


async def test_one_address_gets_few_questions_a_day(
    sqlite_database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with sqlite_database.transaction() as connection:
        asked = [
            ask_for_mail(connection, settings, keys, clock.now(), person=f"visitor {number}")
            for number in range(5)
        ]
    assert await sender_for(sqlite_database, keys, settings).run_once(clock.now()) == 3
    states = sorted(outbox_row(sqlite_database, one.outbox_id).state for one in asked)
    assert states == ["failed", "failed", "sent", "sent", "sent"]


async def test_file_transport_replaces_the_same_name(tmp_path: Path) -> None:
    transport = FileTransport(tmp_path / "outbox")
    for words in ("first", "second"):
        mail = EmailMessage()
        mail.set_content(words)
        await transport.send("a" * 32, mail)
    files = list((tmp_path / "outbox").iterdir())
    assert [path.name for path in files] == [f"{'a' * 32}.eml"]
    assert "second" in files[0].read_text()


def stop_all(connection: Connection, asked: Asked, clock: FixedClock) -> None:
    withdraw(
        connection,
        asked.visitor_id,
        clock.now(),
        asked_on="web",
        method="keyword",
        idem_prefix="stop",
    )
