"""Grants, rows and withdrawals at the same moment, from threads, on both databases."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Update, select, update

from bot.consent.acts import confirm
from bot.consent.endings import withdraw
from bot.consent.verify import verify
from bot.database import Database, tables
from bot.errors import ConsentRefused
from tests.conftest import FixedClock
from tests.consent.scene import (
    add_follow_up,
    add_handoff,
    add_person,
    asked,
    grant_ids,
    granted,
    set_up,
    yes,
)

ROUNDS = 30
Work = Callable[[Connection], object]


@pytest.fixture
def scene(database: Database, clock: FixedClock) -> Database:
    with database.transaction() as connection:
        set_up(connection, clock.now(), ())
    return database


def _race(database: Database, pool: ThreadPoolExecutor, *works: Work) -> None:
    """Run units of work at one moment, each in a transaction; a refusal is a fair end."""
    start = Barrier(len(works))

    def run(work: Work) -> None:
        start.wait()
        time.sleep(random.random() * 0.003)
        try:
            with database.transaction() as connection:
                work(connection)
        except ConsentRefused:
            return

    list(pool.map(run, works))


def _execute(connection: Connection, statement: Update) -> None:
    connection.execute(statement)


def _stop(person: str, clock: FixedClock) -> Work:
    return lambda connection: withdraw(
        connection, person, clock.now(), asked_on="web", method="keyword", idem_prefix=person
    )


def test_withdrawal_wins_every_race(scene: Database, clock: FixedClock) -> None:
    with ThreadPoolExecutor(5) as pool:
        for number in range(ROUNDS):
            person, talk = f"p{number}", f"p{number}-talk"
            where: dict[str, Any] = {
                "visitor_id": person,
                "conversation_id": talk,
                "scope_id": talk,
            }
            with scene.transaction() as connection:
                add_person(connection, clock.now(), person)
                shared = granted(connection, clock.now(), "handoff", person, talk)
                mailed = granted(connection, clock.now(), "follow_up", person, talk)
                row: dict[str, Any] = {**where, "contact_point_id": f"{person}-mail"}
                waiting = add_follow_up(connection, mailed, clock.now(), state="scheduled", **row)
            table = tables.follow_up
            claim = update(table).where(table.c.id == waiting).values(state="sending")
            _race(
                scene,
                pool,
                partial(add_handoff, grant=shared, now=clock.now(), **where),
                partial(add_follow_up, grant=mailed, now=clock.now(), **row),
                partial(_execute, statement=claim),
                partial(add_handoff, grant=shared, now=clock.now(), **where),
                _stop(person, clock),
            )
    with scene.reading() as connection:
        assert grant_ids(connection) == set()
        for gated in (tables.handoff, tables.follow_up):
            assert set(connection.scalars(select(gated.c.state))) <= {"revoked", "cancelled"}
        assert verify(connection).problems == ()


def test_yes_and_confirmation_against_withdrawal_never_leave_a_stale_grant(
    scene: Database, clock: FixedClock
) -> None:
    with ThreadPoolExecutor(3) as pool:
        for number in range(ROUNDS):
            person, talk = f"p{number}", f"p{number}-talk"
            with scene.transaction() as connection:
                add_person(connection, clock.now(), person)
                question = asked(connection, clock.now(), "handoff", person, talk)
                mail = asked(connection, clock.now(), "follow_up", person, talk)
                given = yes(connection, clock.now(), mail, contact_point_id=f"{person}-mail")
            _race(
                scene,
                pool,
                partial(yes, now=clock.now(), request=question),
                partial(confirm, given_event_id=given.id, now=clock.now(), method="email_link"),
                _stop(person, clock),
            )
    with scene.reading() as connection:
        assert grant_ids(connection) == set()
        assert verify(connection).problems == ()
