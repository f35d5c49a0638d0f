"""The confirmed address: what is scheduled, once, and when it is too late."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.consent.endings import withdraw
from bot.consent.grants import live_grants
from bot.database import Database
from bot.database.tables import consent_event, follow_up_wish, outbox
from bot.errors import Gone, NotFound
from bot.follow_ups import AskConfirmation, RecordWish, confirm_follow_up, mask_address
from bot.follow_ups.content import Content
from bot.keys import Keys
from bot.settings import Settings
from tests.conftest import FixedClock
from tests.follow_ups.scene import PASSAGE, ask_for_mail, follow_up_rows


def test_confirm_schedules_the_answer_with_its_source(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
    assert follow_up_rows(database) == []
    with database.transaction() as connection:
        made = confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    row = follow_up_rows(database)[0]
    content = Content.from_json(row.content)
    assert (made.state, made.kind, made.due_at) == ("scheduled", "answer", clock.now())
    assert (row.live_grant_id, row.scope_id) == (row.grant_event_id, asked.message_id)
    assert (content.quotes[0].passage, content.quotes[0].reviewed) == (PASSAGE, "2026-03-01")


def test_confirm_for_news_offers_without_content(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now(), kind="news")
        made = confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    row = follow_up_rows(database)[0]
    assert (made.state, made.kind) == ("offered", "news")
    assert (row.content, row.due_at) == (None, None)


def test_confirm_twice_has_the_same_outcome(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
        first = confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    clock.advance(60)
    with database.transaction() as connection:
        again = confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
        confirmed = connection.scalar(
            select(func.count()).where(consent_event.c.action == "confirmed")
        )
        assert len(live_grants(connection, asked.visitor_id, clock.now())) == 1
    assert again == first
    assert confirmed == 1
    assert len(follow_up_rows(database)) == 1


def test_confirm_after_seven_days_is_refused(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
    clock.advance(7 * 86400 + 1)
    with database.transaction() as connection, pytest.raises(Gone):
        confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    assert follow_up_rows(database) == []


def test_confirm_after_stop_is_refused(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
        withdraw(
            connection,
            asked.visitor_id,
            clock.now(),
            asked_on="web",
            method="keyword",
            idem_prefix="stop",
        )
    with database.transaction() as connection, pytest.raises(Gone):
        confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)


def test_confirm_of_an_unknown_question_is_not_found(
    database: Database, settings: Settings, clock: FixedClock
) -> None:
    with database.transaction() as connection, pytest.raises(NotFound):
        confirm_follow_up(connection, "no-such-event", clock.now(), settings=settings)


def test_effects_applied_twice_write_once(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
        RecordWish(asked.message_id, asked.conversation_id, "news", None, "nl").apply(
            connection, clock.now()
        )
        AskConfirmation(
            "other", asked.visitor_id, asked.contact_point_id, asked.given_event_id, "nl"
        ).apply(connection, clock.now())
        assert connection.execute(select(follow_up_wish.c.kind)).scalars().all() == ["answer"]
        assert connection.execute(select(outbox.c.id)).scalars().all() == [asked.outbox_id]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jan@example.org", "j***@example.org"),
        ("a@b.example", "a***@b.example"),
        ('"odd@name"@example.org', '"***@example.org'),
    ],
)
def test_mask_address_shows_one_letter(address: str, shown: str) -> None:
    assert mask_address(address) == shown
