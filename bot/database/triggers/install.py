"""Installs and removes a set of guards, inside the migration's transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.database.triggers.scripts import statements


def install(connection: Connection, version: str) -> None:
    """Create every guard of a set. The tables it guards must exist."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        # the functions keep this path, so a client's own tables never stand in front
        connection.exec_driver_sql(
            "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)"
        )
    for statement in statements(version, dialect):
        connection.exec_driver_sql(statement.sql)


def remove(connection: Connection, version: str) -> None:
    """Drop every guard of a set; the same transaction must install another one."""
    dialect = connection.dialect.name
    for statement in reversed(statements(version, dialect)):
        if statement.kind == "function":
            connection.exec_driver_sql(f"DROP FUNCTION {statement.name} CASCADE")
        elif statement.kind == "view" or dialect == "sqlite":
            connection.exec_driver_sql(f"DROP {statement.kind} {statement.name}")
