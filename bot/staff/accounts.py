"""Staff accounts: functions over one connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.clock import new_id
from bot.database.tables import staff, staff_session
from bot.errors import BadInput, Conflict, NotFound

NAME_LENGTH = 80


@dataclass(frozen=True)
class Staff:
    """Somebody at the desk. Visitors see the name, never the address."""

    id: str
    email: str
    name: str
    created_at: datetime
    last_seen_at: datetime | None
    disabled_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "created_at": self.created_at.isoformat(),
            "last_seen_at": self.last_seen_at.isoformat() if self.last_seen_at else None,
            "disabled_at": self.disabled_at.isoformat() if self.disabled_at else None,
        }


def add_staff(
    connection: Connection, *, email: str, name: str, password_hash: str, now: datetime
) -> Staff:
    """Store a new staff member.

    Raises `BadInput` for an address or a name that cannot be used, `Conflict` when somebody
    has the address already.
    """
    address, shown = clean_email(email), _clean_name(name)
    taken = connection.execute(select(staff.c.id).where(staff.c.email == address)).first()
    if taken is not None:
        raise Conflict(
            "There is already a staff member with this e-mail address.",
            field="email",
            code="staff.exists",
        )
    staff_id = new_id()
    connection.execute(
        insert(staff).values(
            id=staff_id, email=address, name=shown, password_hash=password_hash, created_at=now
        )
    )
    return Staff(staff_id, address, shown, now, None, None)


def clean_email(email: str) -> str:
    """Return an address in its one stored form; raise `BadInput` when it is none."""
    try:
        found = validate_email(email.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise BadInput(
            "This is not an e-mail address.", field="email", code="staff.email_invalid"
        ) from error
    return found.normalized.lower()


def _clean_name(name: str) -> str:
    shown = " ".join(name.split())
    if not shown or len(shown) > NAME_LENGTH or not shown.isprintable():
        raise BadInput(
            f"A name has 1 to {NAME_LENGTH} characters.", field="name", code="staff.name_invalid"
        )
    return shown


def find_staff(connection: Connection, staff_id: str) -> Staff:
    """Return a staff member, disabled or not; raise `NotFound` when there is none."""
    row = connection.execute(select(staff).where(staff.c.id == staff_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such staff member.", code="staff.not_found")
    return to_staff(row)


def list_staff(connection: Connection) -> Sequence[Staff]:
    """Return all staff, disabled ones too, by name."""
    rows = connection.execute(select(staff).order_by(staff.c.name, staff.c.id))
    return [to_staff(row) for row in rows]


def staff_names(connection: Connection) -> Mapping[str, str]:
    """Return every staff member's name by id, for what they wrote and took over."""
    rows = connection.execute(select(staff.c.id, staff.c.name))
    return {str(row.id): str(row.name) for row in rows}


def disable_staff(connection: Connection, email: str, now: datetime) -> Staff:
    """Keep somebody out from now on: no sign-in, and every session of theirs ends."""
    address = clean_email(email)
    row = connection.execute(select(staff).where(staff.c.email == address)).one_or_none()
    if row is None:
        raise NotFound("There is no staff member with this address.", code="staff.not_found")
    connection.execute(
        update(staff)
        .where(staff.c.id == row.id, staff.c.disabled_at.is_(None))
        .values(disabled_at=now, last_seen_at=None)
    )
    connection.execute(delete(staff_session).where(staff_session.c.staff_id == row.id))
    return find_staff(connection, row.id)


def to_staff(row: Row[Any]) -> Staff:
    values = row._mapping
    return Staff(**{name: values[name] for name in Staff.__dataclass_fields__})
