from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.consent.contacts import open_contact_point, store_contact_point
from bot.consent.endings import withdraw
from bot.database import Database, tables
from bot.errors import NoLiveGrant, NotFound
from bot.keys import Keys
from tests.conftest import FixedClock
from tests.consent.scene import asked, granted, set_up, yes

ADDRESS = "Anna@Example.org"


@pytest.fixture
def scene(database: Database, clock: FixedClock, keys: Keys) -> Database:
    with database.transaction() as connection:
        set_up(connection, clock.now(), ("anna", "eva"))
        store_contact_point(
            connection,
            keys,
            visitor_id="anna",
            kind="email",
            value=ADDRESS,
            now=clock.now(),
            id="point",
        )
    return database


def test_address_is_unreadable_in_the_database(scene: Database) -> None:
    with scene.reading() as connection:
        row = connection.execute(
            select(tables.contact_point).where(tables.contact_point.c.id == "point")
        ).one()
    assert "anna@" not in f"{row.value_encrypted!r} {row.look_up}".lower()


def test_same_address_of_a_visitor_is_kept_once(
    scene: Database, clock: FixedClock, keys: Keys
) -> None:
    with scene.transaction() as connection:

        def store(visitor_id: str, value: str) -> str:
            return store_contact_point(
                connection, keys, visitor_id=visitor_id, kind="email", value=value, now=clock.now()
            )

        assert store("anna", " anna@example.org ") == "point"
        assert store("anna", "anna@example.com") != "point"
        assert store("eva", ADDRESS) != "point"


def test_address_opens_only_while_a_permission_names_it(
    scene: Database, clock: FixedClock, keys: Keys
) -> None:
    with scene.transaction() as connection:
        with pytest.raises(NoLiveGrant):
            open_contact_point(connection, keys, "point")
        request = asked(connection, clock.now(), "follow_up")
        yes(connection, clock.now(), request, contact_point_id="point")
        assert open_contact_point(connection, keys, "point") == ADDRESS  # to ask to confirm
        granted(connection, clock.now(), "follow_up", contact_point_id="point")
        assert open_contact_point(connection, keys, "point") == ADDRESS
        withdraw(connection, "anna", clock.now(), asked_on="web", method="keyword", idem_prefix="s")
        with pytest.raises(NoLiveGrant):
            open_contact_point(connection, keys, "point")


def test_address_always_opens_for_its_own_visitor(scene: Database, keys: Keys) -> None:
    with scene.reading() as connection:
        assert open_contact_point(connection, keys, "point", visitor_id="anna") == ADDRESS
        for wrong in ({"id": "point", "visitor_id": "eva"}, {"id": "nothing"}):
            with pytest.raises(NotFound):
                open_contact_point(connection, keys, **wrong)
