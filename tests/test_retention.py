"""Retention: what is past its time goes, what still counts stays."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.consent.verify import verify
from bot.conversation.store import get_conversation
from bot.database import Database
from bot.database.tables import (
    consent_event,
    consent_evidence,
    contact_point,
    conversation,
    follow_up,
    grant,
    handoff,
    message_original,
    outbox,
)
from bot.follow_ups import confirm_follow_up
from bot.keys import Keys
from bot.retention import Counts, run_retention
from bot.settings import Settings
from tests.conftest import FixedClock
from tests.follow_ups.scene import Asked, ask_for_mail
from tests.test_privacy import fill

HOUR, DAY = 3600, 86400


@pytest.fixture
def asked(database: Database, settings: Settings, keys: Keys, clock: FixedClock) -> Asked:
    with database.transaction() as connection:
        return ask_for_mail(connection, settings, keys, clock.now())


def run(database: Database, settings: Settings, clock: FixedClock) -> Counts:
    with database.transaction() as connection:
        return run_retention(connection, settings, clock.now())


def count(database: Database, table: Any) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_originals_go_a_day_after_the_last_message(
    database: Database, settings: Settings, asked: Asked, clock: FixedClock
) -> None:
    clock.advance(settings.originals_hours * HOUR - 1)
    assert run(database, settings, clock).originals == 0
    clock.advance(1)
    assert run(database, settings, clock).originals == 1
    assert count(database, message_original) == 0


def test_originals_stay_while_staff_have_a_grant(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    fill(database, settings, keys, clock)
    clock.advance(13 * DAY)
    assert run(database, settings, clock).originals == 0
    assert count(database, message_original) == 1


def test_unconfirmed_question_goes_with_its_address_after_seven_days(
    database: Database, settings: Settings, asked: Asked, clock: FixedClock
) -> None:
    clock.advance(7 * DAY - 1)
    run(database, settings, clock)
    assert (count(database, outbox), count(database, contact_point)) == (1, 1)
    clock.advance(2)
    done = run(database, settings, clock)
    assert (done.expired, done.questions, done.addresses) == (1, 1, 1)
    assert (count(database, outbox), count(database, contact_point)) == (0, 0)
    assert count(database, consent_evidence) == 0


def test_confirmed_address_stays_while_its_grant_lives(
    database: Database, settings: Settings, asked: Asked, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    clock.advance(30 * DAY)
    run(database, settings, clock)
    assert count(database, contact_point) == 1
    assert count(database, consent_evidence) == 1


def test_grant_past_its_end_is_expired_in_the_ledger(
    database: Database, settings: Settings, asked: Asked, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    clock.advance(settings.follow_up_days * DAY)
    assert run(database, settings, clock).expired == 1
    assert count(database, grant) == 0
    assert count(database, contact_point) == 0
    with database.reading() as connection:
        assert connection.scalar(select(follow_up.c.state)) == "cancelled"
        assert verify(connection).ok


def test_idle_conversation_is_resolved_and_its_handoff_ends_later(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    found = fill(database, settings, keys, clock)
    clock.advance(14 * DAY)
    assert run(database, settings, clock).resolved == 1
    with database.reading() as connection:
        assert get_conversation(connection, found.conversation_id).status == "resolved"
        assert connection.scalar(select(handoff.c.state)) == "resolved"
        live = select(grant.c.id).where(grant.c.purpose == "handoff")
        assert connection.scalar(live) is not None
    clock.advance(settings.handoff_days * DAY)
    run(database, settings, clock)
    with database.reading() as connection:
        assert connection.scalar(live) is None
        last = select(consent_event.c.action).order_by(consent_event.c.seq.desc()).limit(1)
        assert connection.scalar(last) == "expired"
    assert count(database, message_original) == 0


def test_active_conversation_is_left_alone(
    database: Database, settings: Settings, asked: Asked, clock: FixedClock
) -> None:
    now = clock.advance(14 * DAY)
    with database.transaction() as connection:
        connection.execute(update(conversation).values(last_message_at=now))
    assert run(database, settings, clock).resolved == 0


def test_running_again_finds_nothing(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> None:
    fill(database, settings, keys, clock)
    clock.advance(400 * DAY)
    run(database, settings, clock)
    assert not any(vars(run(database, settings, clock)).values())
