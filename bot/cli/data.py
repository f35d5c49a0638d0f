"""Commands over what is stored: the ledger, visitors' data, staff, the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import select

from bot.cli.output import FINDINGS_EXIT, clear_errors, json_option, settings_for, show
from bot.clock import SystemClock, new_id
from bot.consent.ledger import events_of
from bot.consent.verify import verify as verify_ledger
from bot.database import Database
from bot.database.tables import conversation
from bot.database.upgrade import check as check_database
from bot.keys import load_keys
from bot.opening import open_database
from bot.privacy import erase_visitor, export_visitor
from bot.settings import Settings
from bot.staff import add_staff, disable_staff, hash_password, list_staff


@contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """Open and upgrade the database for one command."""
    database = open_database(settings)
    try:
        yield database
    finally:
        database.close()


@click.group()
def consent() -> None:
    """The ledger of permissions: what was asked and decided, and the proof of it."""


@consent.command("verify")
@json_option
@clear_errors
def verify(as_json: bool) -> None:
    """Check the whole ledger; name the first bad row. Exit code 1 when something is wrong."""
    with database_of(settings_for()) as database, database.reading() as connection:
        report = verify_ledger(connection)
    if as_json:
        show(report)
    else:
        for problem in report.problems:
            where = f"row {problem.seq}: " if problem.seq is not None else ""
            click.echo(f"{where}{problem.what}")
        verdict = "is as it was written" if report.ok else "is NOT as it was written"
        click.echo(f"{report.events} events; the ledger {verdict}.")
    raise SystemExit(0 if report.ok else FINDINGS_EXIT)


@consent.command("show")
@click.argument("subject")
@json_option
@clear_errors
def show_events(subject: str, as_json: bool) -> None:
    """Print every permission event of a visitor. SUBJECT is a visitor's or conversation's id."""
    with database_of(settings_for()) as database, database.reading() as connection:
        rows = [_event(event) for event in events_of(connection, _visitor(connection, subject))]
    if as_json:
        show(rows)
        return
    for row in rows:
        click.echo(
            f"{row['seq']:6}  {row['occurred_at']}  {row['action']:10} {row['purpose']:10} "
            f"by {row['actor']} ({row['method']}) on {row['asked_on']}"
        )
    click.echo(f"{len(rows)} events.")


def _event(event: Any) -> dict[str, Any]:
    names = (
        "seq", "id", "purpose", "channel", "scope_id", "asked_on", "action", "notice_id",
        "occurred_at", "expires_at", "actor", "method", "hash",
    )  # fmt: skip
    row = {name: getattr(event, name) for name in names}
    return {**row, "occurred_at": event.occurred_at.isoformat(timespec="milliseconds")}


@click.group()
def privacy() -> None:
    """What is kept about one visitor: hand it over, or erase it."""


@privacy.command("export")
@click.argument("subject")
@clear_errors
def export(subject: str) -> None:
    """Print everything kept about a visitor as JSON. SUBJECT: a visitor's or conversation's id."""
    settings = settings_for()
    keys = load_keys(settings.data_dir)
    with database_of(settings) as database, database.reading() as connection:
        visitor_id = _visitor(connection, subject)
        show(export_visitor(connection, keys, visitor_id, SystemClock().now()))


@privacy.command("erase")
@click.argument("subject")
@click.option("--yes", is_flag=True, help="Do not ask once more.")
@json_option
@clear_errors
def erase(subject: str, yes: bool, as_json: bool) -> None:
    """Erase a visitor for good. SUBJECT is a visitor's or conversation's id."""
    if not yes:
        click.confirm("Erase everything about this visitor? It can't be undone", abort=True)
    with database_of(settings_for()) as database, database.transaction() as connection:
        receipt = erase_visitor(
            connection,
            _visitor(connection, subject),
            SystemClock().now(),
            asked_on="cli",
            idem_prefix=f"cli/{new_id()}",
            actor="controller",
        ).as_json()
    if as_json:
        show(receipt)
    else:
        for store, count in receipt.items():
            click.echo(f"{store:20} {count}")


def _visitor(connection: Any, subject: str) -> str:
    """Return the visitor of a conversation id; anything else is taken as a visitor's id."""
    query = select(conversation.c.visitor_id).where(conversation.c.id == subject)
    return connection.execute(query).scalar() or subject


@click.group()
def staff() -> None:
    """Staff: who may sit at the desk."""


@staff.command("add")
@click.argument("email")
@click.option("--name", prompt=True, help="The name that visitors see.")
@click.password_option(help="At least 12 characters.")
@clear_errors
def add(email: str, name: str, password: str) -> None:
    """Add a staff member."""
    hashed = hash_password(password)
    with database_of(settings_for()) as database, database.transaction() as connection:
        now = SystemClock().now()
        member = add_staff(connection, email=email, name=name, password_hash=hashed, now=now)
    click.echo(f"{member.name} can sign in at /desk with {member.email}.")


@staff.command("list")
@json_option
@clear_errors
def list_all(as_json: bool) -> None:
    """List the staff."""
    with database_of(settings_for()) as database, database.reading() as connection:
        members = [member.as_json() for member in list_staff(connection)]
    if as_json:
        show(members)
        return
    for member in members:
        state = "disabled" if member.get("disabled_at") else "active"
        click.echo(f"{state:9} {member['email']:32} {member['name']}")
    click.echo(f"{len(members)} staff.")


@staff.command("disable")
@click.argument("email")
@clear_errors
def disable(email: str) -> None:
    """Keep a staff member out from now on; every session of theirs ends."""
    with database_of(settings_for()) as database, database.transaction() as connection:
        member = disable_staff(connection, email, SystemClock().now())
    click.echo(f"{member.name} can no longer sign in.")


@click.group()
def db() -> None:
    """The database: upgrade it, and check that it is as it should be."""


@db.command("upgrade")
@clear_errors
def upgrade() -> None:
    """Bring the database to this version's tables. `askfirst run` does it too."""
    with database_of(settings_for()):
        click.echo("The database is up to date.")


@db.command("check")
@json_option
@clear_errors
def check(as_json: bool) -> None:
    """Compare tables and guards with what this version expects. Exit code 1 for findings."""
    database = Database(settings_for().sqlalchemy_url)
    try:
        findings = check_database(database)
    finally:
        database.close()
    if as_json:
        show({"ok": not findings, "findings": findings})
    else:
        click.echo("\n".join(findings) or "The database is as it should be.")
    raise SystemExit(FINDINGS_EXIT if findings else 0)
