"""The one-time link by which the first staff member signs up; the first start prints it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from bot.database.tables import staff, staff_invitation
from bot.errors import Conflict, Gone
from bot.keys import new_token, token_hash
from bot.staff.accounts import Staff, add_staff

INVITATION_LIFE = timedelta(hours=24)


def needs_first_staff(connection: Connection) -> bool:
    """Tell whether nobody was ever added: only then is there an invitation."""
    return connection.execute(select(staff.c.id).limit(1)).first() is None


def create_invitation(connection: Connection, now: datetime) -> str:
    """Return a new token for `/desk/welcome/TOKEN`, good for one use within 24 hours.

    Raises `Conflict` once there is staff: later members are added by `askfirst staff add`.
    """
    if not needs_first_staff(connection):
        raise Conflict("There is staff already; use `askfirst staff add`.", code="staff.exists")
    token = new_token()
    connection.execute(
        insert(staff_invitation).values(
            token_hash=token_hash(token), created_at=now, expires_at=now + INVITATION_LIFE
        )
    )
    return token


def check_invitation(connection: Connection, token: str, now: datetime) -> None:
    """Raise `Gone` unless the link can still be used."""
    found = connection.execute(
        select(staff_invitation.c.token_hash).where(
            staff_invitation.c.token_hash == token_hash(token),
            staff_invitation.c.used_at.is_(None),
            staff_invitation.c.expires_at > now,
        )
    ).first()
    if found is None or not needs_first_staff(connection):
        raise _used_up()


def accept_invitation(
    connection: Connection,
    token: str,
    *,
    email: str,
    name: str,
    password_hash: str,
    now: datetime,
) -> Staff:
    """Add the first staff member and use the link up. Raises `Gone` if it was used or is old."""
    check_invitation(connection, token, now)
    # Every open link at once: whoever waited for this row's lock then finds theirs used.
    used = connection.execute(
        update(staff_invitation)
        .where(staff_invitation.c.used_at.is_(None))
        .values(used_at=now)
        .returning(staff_invitation.c.token_hash)
    ).scalars()
    if token_hash(token) not in set(used):
        raise _used_up()
    return add_staff(connection, email=email, name=name, password_hash=password_hash, now=now)


def _used_up() -> Gone:
    return Gone("This link was used or has expired.", code="staff.invitation_used")
