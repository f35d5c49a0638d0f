"""Passwords: argon2id, slow on purpose. Call the two slow functions in a thread."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import BadInput

MIN_LENGTH, MAX_LENGTH = 12, 1000


def check_password(password: str) -> None:
    """Raise `BadInput` for a password that is too short to be safe or absurdly long."""
    if len(password) < MIN_LENGTH:
        raise BadInput(
            f"A password has at least {MIN_LENGTH} characters.",
            field="password",
            code="staff.password_short",
        )
    if len(password) > MAX_LENGTH:
        raise BadInput(
            f"A password has at most {MAX_LENGTH} characters.",
            field="password",
            code="staff.password_long",
        )


def hash_password(password: str) -> str:
    """Return what is stored of a password. Raises `BadInput` as `check_password` does."""
    check_password(password)
    return PasswordHasher().hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is the one behind a hash.

    Without a hash (nobody has that e-mail address) it takes just as long, and is wrong.
    """
    try:
        PasswordHasher().verify(password_hash or _nobodys_hash(), password[:MAX_LENGTH])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _nobodys_hash() -> str:
    return PasswordHasher().hash("nobody has this password")
