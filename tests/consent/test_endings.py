from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.consent.acts import confirm
from bot.consent.endings import expire_due, record_erasure, withdraw_grant
from bot.consent.grants import pending_confirmations
from bot.consent.ledger import events_of
from bot.database import Database, tables
from bot.errors import ConsentRefused
from tests.conftest import FixedClock
from tests.consent.scene import asked, grant_ids, granted, set_up, yes


@pytest.fixture
def scene(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as connection:
        set_up(connection, clock.now(), ("anna", "eva"))
    return database


def test_handoff_grant_ends_some_days_after_its_conversation(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), "handoff")
        connection.execute(
            update(tables.conversation)
            .where(tables.conversation.c.id == "anna-talk")
            .values(resolved_at=clock.now())
        )
        assert expire_due(connection, clock.advance(7 * 86400 - 1), handoff_days=7) == []
        (expired,) = expire_due(connection, clock.advance(1), handoff_days=7)
        assert (expired.action, expired.answers_event_id) == ("expired", grant.id)
        assert grant_ids(connection) == set()


def test_yes_that_nobody_confirms_lapses(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        request = asked(connection, clock.now(), "follow_up")
        yes(connection, clock.now(), request, contact_point_id="anna-mail")
        assert expire_due(connection, clock.advance(7 * 86400 - 1), handoff_days=7) == []
        assert len(expire_due(connection, clock.advance(1), handoff_days=7)) == 1
        assert pending_confirmations(connection, "anna") == []
        assert expire_due(connection, clock.now(), handoff_days=7) == []


def test_lapse_of_a_renewal_leaves_the_grant_it_would_have_renewed(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        old = granted(connection, clock.now(), "follow_up")
        request = asked(connection, clock.now(), "follow_up")
        yes(connection, clock.now(), request, renewed=True, contact_point_id="anna-mail")
        assert len(expire_due(connection, clock.advance(8 * 86400), handoff_days=7)) == 1
        assert grant_ids(connection) == {old.id}


def test_expiry_of_a_grant_leaves_its_renewal_to_be_confirmed(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        end = clock.now() + timedelta(days=1)
        granted(connection, clock.now(), "follow_up", expires_at=end)
        request = asked(connection, clock.now(), "follow_up")
        renewed = yes(connection, clock.now(), request, renewed=True, contact_point_id="anna-mail")
        assert len(expire_due(connection, clock.advance(2 * 86400), handoff_days=7)) == 1
        assert [event.id for event in pending_confirmations(connection, "anna")] == [renewed.id]
        confirmed = confirm(connection, renewed.id, clock.now(), "email_link")
        assert grant_ids(connection) == {confirmed.id}


def test_grant_of_another_visitor_is_not_withdrawn(scene: Database, clock: FixedClock) -> None:
    with scene.transaction() as connection:
        grant = granted(connection, clock.now(), "handoff")
        refused = withdraw_grant(
            connection,
            "eva",
            grant.id,
            clock.now(),
            asked_on="web",
            method="button",
            idem_key="stop",
        )
        assert refused is None
        assert grant_ids(connection) == {grant.id}


def test_erasure_ends_everything_and_says_so_per_purpose(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        granted(connection, clock.now(), "follow_up")
        question = asked(connection, clock.now(), "handoff")
        eva = granted(connection, clock.now(), "follow_up", person="eva")
        record_erasure(
            connection, "anna", clock.now(), asked_on="web", method="page", idem_prefix="erase"
        )
        actions = [(event.action, event.purpose) for event in events_of(connection, "anna")]
        assert actions[-2:] == [("erased", "follow_up"), ("erased", "handoff")]
        assert grant_ids(connection) == {eva.id}
    with pytest.raises(ConsentRefused), scene.transaction() as connection:
        yes(connection, clock.now(), question)


def test_erasure_of_a_visitor_without_permissions_records_nothing(
    scene: Database, clock: FixedClock
) -> None:
    with scene.transaction() as connection:
        recorded = record_erasure(
            connection, "anna", clock.now(), asked_on="web", method="page", idem_prefix="erase"
        )
        assert recorded == []
