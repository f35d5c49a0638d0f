"""Notices: the exact words of every question, by purpose and language."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection, insert, select

from bot.consent.ledger import take_ledger_lock
from bot.consent.notice_files import Notice, read_notice
from bot.consent.purposes import PURPOSES
from bot.database import tables
from bot.errors import Conflict, SettingsError
from bot.settings import Settings

__all__ = ["Notice", "Notices", "load_notices", "register"]

logger = logging.getLogger(__name__)


class Notices:
    """The notices that can be shown now."""

    def __init__(self, notices: Iterable[Notice]) -> None:
        self._by_key = {(notice.purpose, notice.language): notice for notice in notices}

    def find(self, purpose: str, language: str) -> Notice | None:
        """Return the notice to show; None means: never ask this purpose in this language."""
        return self._by_key.get((purpose, language))

    def __iter__(self) -> Iterator[Notice]:
        return iter(self._by_key.values())


def load_notices(settings: Settings) -> Notices:
    """Read `notices/<language>/<purpose>.md` of every language spoken.

    Raises `SettingsError` with every mistake in every file, one a line, each with its place.
    """
    problems: list[str] = []
    notices: list[Notice] = []
    for language in settings.languages:
        folder = settings.project_dir / "notices" / language
        for path in sorted(folder.glob("*.md")):
            notice, mistakes = read_notice(path, language, settings)
            problems += mistakes
            notices += [notice] if notice else []
    if problems:
        raise SettingsError("\n".join(problems), field=problems[0].split(":")[0])
    if not notices:
        logger.warning("found no notices: no permission will be asked")
    return Notices(notices)


def register(connection: Connection, notices: Notices, now: datetime) -> None:
    """Store purposes and notices that are not stored yet; what is stored never changes.

    Raises `SettingsError` when a notice's file was changed without raising its version.
    """
    take_ledger_lock(connection)
    _register_purposes(connection)
    for notice in notices:
        _register_notice(connection, notice, now)


def _register_purposes(connection: Connection) -> None:
    table = tables.purpose
    stored = {row.code: row for row in connection.execute(select(table))}
    for purpose in PURPOSES.values():
        row = stored.get(purpose.code)
        if row is None:
            values = {
                "code": purpose.code,
                "double_opt_in": purpose.double_opt_in,
                "legal_basis": purpose.legal_basis,
            }
            connection.execute(insert(table).values(values))
        elif (row.double_opt_in, row.legal_basis) != (purpose.double_opt_in, purpose.legal_basis):
            raise Conflict(f"purpose {purpose.code} is stored with other rules")


def _register_notice(connection: Connection, notice: Notice, now: datetime) -> None:
    table = tables.notice
    same_version = select(table.c.id, table.c.template_sha256).where(
        table.c.purpose == notice.purpose,
        table.c.version == notice.version,
        table.c.language == notice.language,
    )
    stored = connection.execute(same_version).all()
    if any(row.template_sha256 != notice.template_sha256 for row in stored):
        name = f"notices/{notice.language}/{notice.purpose}.md"
        raise SettingsError(f"{name} changed: raise its version", field=name)
    if any(row.id == notice.id for row in stored):
        return
    values = {
        "id": notice.id,
        "purpose": notice.purpose,
        "version": notice.version,
        "language": notice.language,
        "template_sha256": notice.template_sha256,
        "body": notice.shown,
        "body_sha256": hashlib.sha256(notice.shown.encode()).hexdigest(),
        "created_at": now,
    }
    connection.execute(insert(table).values(values))
