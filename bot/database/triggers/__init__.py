"""The guards in the database: one numbered set of SQL per database, frozen after a release.

A set is whole. A migration that changes a rule removes the old set, changes tables, and
installs a new one (`0002_sqlite.sql`, `0002_postgresql.sql`); `CURRENT` then names it.
"""

from bot.database.triggers.install import install, remove
from bot.database.triggers.inventory import CURRENT, problems

__all__ = ["CURRENT", "install", "problems", "remove"]
