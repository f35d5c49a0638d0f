"""Signing in, and the session that follows: revocable, idle for 30 minutes, 12 hours at most."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, insert, literal, null, or_, select, update

from bot.clock import Clock
from bot.database import Database
from bot.database.tables import staff, staff_session
from bot.database.types import UtcTime
from bot.errors import BadInput, NotSignedIn
from bot.keys import new_token, token_hash
from bot.staff.accounts import Staff, clean_email, to_staff
from bot.staff.passwords import verify_password

logger = logging.getLogger(__name__)

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
MAX_FAILURES = 5
LOCK = timedelta(minutes=5)
# No refusal is quicker than this, so that its duration tells nothing about the account.
REFUSAL_SECONDS = 0.5


@dataclass(frozen=True)
class Session:
    """A signed-in staff member. The token itself is only in the browser's cookie."""

    token: str = field(repr=False)
    staff: Staff


async def sign_in(database: Database, clock: Clock, *, email: str, password: str) -> str:
    """Return the token of a new session.

    Raises `NotSignedIn`, always with the same words and never faster than another refusal:
    a wrong password, an unknown address, a locked and a disabled account look alike.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        address = clean_email(email)
    except BadInput:
        address = ""
    stored = await database.write(lambda c: _begin_attempt(c, address, clock.now()))
    right = await asyncio.to_thread(verify_password, password, stored)
    token = await database.write(lambda c: _finish(c, address, clock.now())) if right else None
    if token is None:
        await asyncio.sleep(max(0.0, REFUSAL_SECONDS - (loop.time() - started)))
        raise NotSignedIn(
            "The e-mail address or the password is wrong, or the account is locked: after"
            f" {MAX_FAILURES} wrong passwords it opens again in 5 minutes.",
            code="staff.sign_in_refused",
        )
    return token


def _begin_attempt(connection: Connection, address: str, now: datetime) -> str | None:
    """Count the attempt before the password is looked at; return the hash to compare with.

    Counting first means that a hundred attempts at once are still no more than five.
    """
    tries, until = staff.c.failed_sign_ins + 1, literal(now + LOCK, UtcTime)
    row = connection.execute(
        update(staff)
        .where(
            staff.c.email == address,
            staff.c.disabled_at.is_(None),
            or_(staff.c.locked_until.is_(None), staff.c.locked_until <= now),
        )
        .values(
            failed_sign_ins=case((tries >= MAX_FAILURES, 0), else_=tries),
            locked_until=case((tries >= MAX_FAILURES, until), else_=null()),
        )
        .returning(staff.c.password_hash, staff.c.locked_until)
    ).one_or_none()
    if row is None:
        return None
    if row.locked_until is not None:
        logger.warning("a staff account was locked after %s sign-in attempts", MAX_FAILURES)
    return str(row.password_hash)


def _finish(connection: Connection, address: str, now: datetime) -> str | None:
    """Open the session; None when the account was disabled in between."""
    staff_id = connection.execute(
        update(staff)
        .where(staff.c.email == address, staff.c.disabled_at.is_(None))
        .values(failed_sign_ins=0, locked_until=None)
        .returning(staff.c.id)
    ).scalar_one_or_none()
    return None if staff_id is None else open_session(connection, staff_id, now)


def open_session(connection: Connection, staff_id: str, now: datetime) -> str:
    """Return the token of a new session; forget those that have ended by themselves."""
    connection.execute(
        delete(staff_session).where(
            or_(
                staff_session.c.last_seen_at <= now - IDLE,
                staff_session.c.created_at <= now - ABSOLUTE,
            )
        )
    )
    token = new_token()
    connection.execute(
        insert(staff_session).values(
            token_hash=token_hash(token), staff_id=staff_id, created_at=now, last_seen_at=now
        )
    )
    return token


def find_session(connection: Connection, token: str, now: datetime) -> Session | None:
    """Return who is signed in; None if the session ended or its owner is disabled."""
    row = connection.execute(
        select(staff)
        .join(staff_session, staff_session.c.staff_id == staff.c.id)
        .where(
            staff_session.c.token_hash == token_hash(token),
            staff_session.c.last_seen_at > now - IDLE,
            staff_session.c.created_at > now - ABSOLUTE,
            staff.c.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else Session(token, to_staff(row))


def renew_session(connection: Connection, token: str, now: datetime) -> bool:
    """Note that somebody is at the desk: session and presence. False if the session ended."""
    found = find_session(connection, token, now)
    if found is None:
        return False
    connection.execute(
        update(staff_session)
        .where(staff_session.c.token_hash == token_hash(token))
        .values(last_seen_at=now)
    )
    connection.execute(update(staff).where(staff.c.id == found.staff.id).values(last_seen_at=now))
    return True


def close_session(connection: Connection, token: str) -> None:
    """End a session, and with it the presence of its owner (another open desk renews it)."""
    staff_id = connection.execute(
        delete(staff_session)
        .where(staff_session.c.token_hash == token_hash(token))
        .returning(staff_session.c.staff_id)
    ).scalar_one_or_none()
    if staff_id is not None:
        connection.execute(update(staff).where(staff.c.id == staff_id).values(last_seen_at=None))
