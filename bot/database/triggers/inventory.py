"""Compares the guards that a database has with those it should have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from bot.database.triggers.scripts import Statement, one_line, statements

CURRENT = "0001"

Inventory = Mapping[tuple[str, str], str]

FUNCTION_PARTS = re.compile(
    r"CREATE FUNCTION (?P<head>.*?) LANGUAGE (?P<language>\w+)\s+SET search_path FROM CURRENT"
    r" AS \$\$(?P<body>.*)\$\$;",
    re.DOTALL,
)
POSTGRESQL_FUNCTIONS = text(
    "SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p"
    " WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'"
    r" AND p.proname LIKE 'askfirst\_%'"
)
POSTGRESQL_TRIGGERS = text(
    "SELECT t.tgname, c.relname, pg_get_triggerdef(t.oid), t.tgenabled::text, t.tgisinternal"
    " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace"
)
POSTGRESQL_RULES = text("SELECT rulename FROM pg_rules WHERE schemaname = current_schema()")


def problems(connection: Connection, version: str = CURRENT) -> list[str]:
    """Return a sentence for every guard that is missing, changed, switched off or foreign."""
    dialect = connection.dialect.name
    found = _sqlite_found(connection) if dialect == "sqlite" else _postgresql_found(connection)
    schema = "" if dialect == "sqlite" else _schema(connection)
    expected = {(s.kind, s.name): _expected(s, schema) for s in statements(version, dialect)}
    result = list(_differences(expected, found))
    if dialect == "postgresql":
        result += _postgresql_switched_off(connection)
    return result


def _differences(expected: Inventory, found: Inventory) -> Iterator[str]:
    for kind, name in sorted(expected.keys() | found.keys()):
        if (kind, name) not in found:
            yield f"{kind} {name} is missing"
        elif (kind, name) not in expected:
            yield f"{kind} {name} does not belong here"
        elif found[kind, name] != expected[kind, name]:
            yield f"{kind} {name} is not as it should be"


def _sqlite_found(connection: Connection) -> Inventory:
    rows = connection.execute(
        text("SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'view')")
    )
    return {(row[0], row[1]): one_line(row[2]) for row in rows}


def _schema(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT quote_ident(current_schema())")))


def _postgresql_found(connection: Connection) -> Inventory:
    found: dict[tuple[str, str], str] = {}
    for name, definition in connection.execute(POSTGRESQL_FUNCTIONS):
        # two functions of one name: the second is kept as well, so that the two differ
        found["function", name] = found.get(("function", name), "") + one_line(definition)
    for row in connection.execute(POSTGRESQL_TRIGGERS):
        if not row.tgisinternal:
            found["trigger", row.tgname] = one_line(row[2])
    for (name,) in connection.execute(POSTGRESQL_RULES):
        found["rule", name] = ""
    return found


def _postgresql_switched_off(connection: Connection) -> list[str]:
    off = {
        f"foreign keys of {row.relname} are switched off"
        if row.tgisinternal
        else f"trigger {row.tgname} is switched off"
        for row in connection.execute(POSTGRESQL_TRIGGERS)
        if row.tgenabled not in {"O", "A"}
    }
    return sorted(off)


def _expected(statement: Statement, schema: str) -> str:
    """Return a guard as its database prints it."""
    parts = FUNCTION_PARTS.match(statement.sql)
    if parts:
        return one_line(
            f"CREATE OR REPLACE FUNCTION {schema}.{parts['head']} LANGUAGE {parts['language']}"
            f" SET search_path TO '{schema}', 'pg_temp'"
            f" AS $function${parts['body']}$function$"
        )
    if schema:
        return one_line(re.sub(r' ON ("?\w+"?) FOR ', rf" ON {schema}.\1 FOR ", statement.sql))
    return one_line(statement.sql)
