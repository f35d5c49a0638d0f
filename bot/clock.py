"""Time and identifiers come from here, so that tests can decide both."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the present moment comes from."""

    def now(self) -> datetime:
        """Return the present as a UTC-aware datetime."""
        ...


class SystemClock:
    """The machine's clock, cut to milliseconds: what is stored compares equal to what was."""

    def now(self) -> datetime:
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def new_id() -> str:
    """Return a random identifier of 32 hexadecimal digits (122 random bits)."""
    return uuid.uuid4().hex


def derived_id(source: str, name: str) -> str:
    """Return the identifier that `source` always gives for `name`.

    A turn that is run again after a crash gives its rows the same identifiers, so that
    doing it twice is refused by the database instead of doubling.
    """
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{source}/{name}").hex


def to_text(moment: datetime) -> str:
    """Write a UTC-aware moment as `2026-11-22T10:00:00.123Z`; text order is time order."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
