"""`askfirst knowledge helpful`: what readers said of the articles in the help centre."""

from __future__ import annotations

from datetime import timedelta

import click

from bot.cli.data import database_of
from bot.cli.output import clear_errors, json_option, settings_for, show
from bot.clock import SystemClock


@click.command("helpful")
@click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 730), help="How far back."
)
@json_option
@clear_errors
def helpful(days: int, as_json: bool) -> None:
    """List how often readers called each article helpful or not, the worst first."""
    from bot.help_centre.helpful import counts_since

    since = SystemClock().now().date() - timedelta(days=days)
    with database_of(settings_for()) as database, database.reading() as connection:
        rows = counts_since(connection, since)
    if as_json:
        show(rows)
        return
    for row in rows:
        click.echo(f"{row.no:6} no  {row.yes:6} yes  {row.language}  {row.article}")
    if not rows:
        click.echo(f"No reader has said anything in the last {days} days.")
