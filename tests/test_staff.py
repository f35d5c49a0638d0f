from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.database import Database
from bot.database.tables import staff, staff_invitation, staff_session
from bot.errors import BadInput, Conflict, Gone, NotFound, NotSignedIn
from bot.handoff import staff_present
from bot.staff import (
    Staff,
    accept_invitation,
    add_staff,
    check_invitation,
    close_session,
    create_invitation,
    disable_staff,
    find_session,
    hash_password,
    list_staff,
    needs_first_staff,
    record_access,
    renew_session,
    sign_in,
    verify_password,
)
from bot.staff.sessions import ABSOLUTE, IDLE, LOCK, MAX_FAILURES, REFUSAL_SECONDS
from tests.conftest import FixedClock

PASSWORD = "correct horse battery"
PASSWORD_HASH = hash_password(PASSWORD)


def add(database: Database, clock: FixedClock, email: str = "Sam@Example.org") -> Staff:
    with database.transaction() as connection:
        return add_staff(
            connection, email=email, name="Sam", password_hash=PASSWORD_HASH, now=clock.now()
        )


def enter(
    database: Database, clock: FixedClock, password: str, email: str = "sam@example.org"
) -> str:
    return asyncio.run(sign_in(database, clock, email=email, password=password))


def fail(database: Database, clock: FixedClock, times: int) -> None:
    """Try wrong passwords, all at once."""

    async def attempts() -> list[object]:
        tries = [
            sign_in(database, clock, email="sam@example.org", password="wrong password")
            for _ in range(times)
        ]
        return await asyncio.gather(*tries, return_exceptions=True)

    assert all(isinstance(outcome, NotSignedIn) for outcome in asyncio.run(attempts()))


def test_add_staff_keeps_one_form_of_an_address(database: Database, clock: FixedClock) -> None:
    assert add(database, clock).email == "sam@example.org"
    with pytest.raises(Conflict):
        add(database, clock, " SAM@example.ORG ")


@pytest.mark.parametrize("email", ["", "sam", "sam@", "sam@example", "a b@example.org"])
def test_add_staff_refuses_what_is_no_address(
    sqlite_database: Database, clock: FixedClock, email: str
) -> None:
    with pytest.raises(BadInput) as caught:
        add(sqlite_database, clock, email)
    assert caught.value.field == "email"


def test_passwords_need_twelve_characters_and_only_the_right_one_fits() -> None:
    with pytest.raises(BadInput):
        hash_password("elevenchars")
    assert verify_password(PASSWORD, PASSWORD_HASH)
    assert not verify_password("correct horse batterz", PASSWORD_HASH)
    assert not verify_password("nobody has this password", None)
    assert PASSWORD not in PASSWORD_HASH


def test_sign_in_opens_a_session_of_which_only_the_digest_is_stored(
    database: Database, clock: FixedClock
) -> None:
    sam = add(database, clock)
    token = enter(database, clock, PASSWORD)
    with database.reading() as connection:
        found = find_session(connection, token, clock.now())
        stored = connection.scalars(select(staff_session.c.token_hash)).all()
    assert found is not None
    assert found.staff.id == sam.id
    assert token not in stored
    assert token not in repr(found)


def test_sign_in_refusals_look_alike_and_take_equally_long(
    sqlite_database: Database, clock: FixedClock
) -> None:
    add(sqlite_database, clock)
    texts, seconds = set(), []
    for email in ("sam@example.org", "nobody@example.org", "no address"):
        started = time.perf_counter()
        with pytest.raises(NotSignedIn) as caught:
            enter(sqlite_database, clock, "wrong password", email)
        seconds.append(time.perf_counter() - started)
        texts.add((caught.value.code, caught.value.message))
    assert len(texts) == 1
    assert min(seconds) >= REFUSAL_SECONDS - 0.01
    assert max(seconds) - min(seconds) < 1


def test_five_wrong_passwords_lock_the_account_for_five_minutes(
    database: Database, clock: FixedClock
) -> None:
    add(database, clock)
    fail(database, clock, MAX_FAILURES)
    with pytest.raises(NotSignedIn):
        enter(database, clock, PASSWORD)
    clock.advance(LOCK.total_seconds())
    assert enter(database, clock, PASSWORD)


def test_a_right_password_forgets_the_wrong_ones(database: Database, clock: FixedClock) -> None:
    add(database, clock)
    for _ in range(2):
        fail(database, clock, MAX_FAILURES - 1)
        assert enter(database, clock, PASSWORD)


def test_many_wrong_passwords_at_once_are_no_more_than_five(
    database: Database, clock: FixedClock
) -> None:
    add(database, clock)
    fail(database, clock, 12)
    with pytest.raises(NotSignedIn):
        enter(database, clock, PASSWORD)


def test_a_session_ends_when_idle_and_after_twelve_hours(
    database: Database, clock: FixedClock
) -> None:
    add(database, clock)
    idle = enter(database, clock, PASSWORD)
    clock.advance(IDLE.total_seconds())
    with database.transaction() as connection:
        assert not renew_session(connection, idle, clock.now())
    busy = enter(database, clock, PASSWORD)
    started = clock.now()
    while clock.now() < started + ABSOLUTE - timedelta(minutes=20):
        clock.advance(20 * 60)
        with database.transaction() as connection:
            assert renew_session(connection, busy, clock.now())
    clock.advance(20 * 60)
    with database.transaction() as connection:
        assert not renew_session(connection, busy, clock.now())


def test_disabled_staff_lose_their_sessions_and_cannot_come_back(
    database: Database, clock: FixedClock
) -> None:
    add(database, clock)
    token = enter(database, clock, PASSWORD)
    with database.transaction() as connection:
        renew_session(connection, token, clock.now())
        assert staff_present(connection, clock.now()) == 1
        disable_staff(connection, "sam@example.org", clock.now())
    with database.reading() as connection:
        assert find_session(connection, token, clock.now()) is None
        assert staff_present(connection, clock.now()) == 0
        assert list_staff(connection)[0].disabled_at == clock.now()
    with pytest.raises(NotSignedIn):
        enter(database, clock, PASSWORD)


def test_disabling_nobody_is_not_found(sqlite_database: Database, clock: FixedClock) -> None:
    with sqlite_database.transaction() as connection, pytest.raises(NotFound):
        disable_staff(connection, "nobody@example.org", clock.now())


def test_signing_out_ends_the_session_and_the_presence(
    database: Database, clock: FixedClock
) -> None:
    add(database, clock)
    token = enter(database, clock, PASSWORD)
    with database.transaction() as connection:
        renew_session(connection, token, clock.now())
        close_session(connection, token)
        assert find_session(connection, token, clock.now()) is None
        assert staff_present(connection, clock.now()) == 0


def test_an_invitation_works_once_and_only_before_there_is_staff(
    database: Database, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        assert needs_first_staff(connection)
        token = create_invitation(connection, clock.now())
        other = create_invitation(connection, clock.now())
        accept_invitation(
            connection,
            token,
            email="sam@example.org",
            name="Sam",
            password_hash=PASSWORD_HASH,
            now=clock.now(),
        )
    with database.reading() as connection:
        assert not needs_first_staff(connection)
        stored = connection.scalars(select(staff_invitation.c.token_hash)).all()
        assert token not in stored
        for used in (token, other):
            with pytest.raises(Gone):
                check_invitation(connection, used, clock.now())
    with database.transaction() as connection, pytest.raises(Conflict):
        create_invitation(connection, clock.now())


def test_an_invitation_lapses_after_a_day_and_a_forged_one_never_works(
    sqlite_database: Database, clock: FixedClock
) -> None:
    with sqlite_database.transaction() as connection:
        token = create_invitation(connection, clock.now())
        check_invitation(connection, token, clock.now())
        with pytest.raises(Gone):
            check_invitation(connection, "forged", clock.now())
        with pytest.raises(Gone):
            check_invitation(connection, token, clock.advance(24 * 3600))


def test_two_people_with_two_invitations_make_one_account(
    database: Database, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        tokens = [create_invitation(connection, clock.now()) for _ in range(2)]

    async def accept(number: int, token: str) -> Staff:
        return await database.write(
            lambda c: accept_invitation(
                c,
                token,
                email=f"person{number}@example.org",
                name="Person",
                password_hash=PASSWORD_HASH,
                now=clock.now(),
            )
        )

    async def both() -> list[object]:
        accepts = [accept(number, token) for number, token in enumerate(tokens)]
        return list(await asyncio.gather(*accepts, return_exceptions=True))

    outcomes = asyncio.run(both())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Gone", "Staff"]
    with database.reading() as connection:
        assert len(connection.scalars(select(staff.c.id)).all()) == 1


def test_an_open_page_that_renews_itself_is_written_down_once(
    sqlite_database: Database, clock: FixedClock
) -> None:
    sam = add(sqlite_database, clock)
    with sqlite_database.transaction() as connection:
        for wait in (0, 60, 600):
            record_access(
                connection,
                staff_id=sam.id,
                conversation_id="talk",
                action="conversation.read",
                now=clock.advance(wait),
                unless_within=timedelta(minutes=10),
            )
        count = connection.exec_driver_sql("SELECT count(*) FROM access_log").scalar()
    assert count == 2
