"""Engine, tables, migrations and the triggers that guard the ledger and its gates."""

from bot.database.engine import Database

__all__ = ["Database"]
