"""Commands that serve, show settings, and hand over to Rasa."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import click

from bot.cli.output import articles_option, clear_errors, json_option, settings_for, show
from bot.settings import PREFIX, Settings


@click.command()
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=int, help="The port to listen on; 0 takes a free one.")
@articles_option
@clear_errors
def run(host: str | None, port: int | None, articles: Path | None) -> None:
    """Serve everything: help centre, widget, chat, desk and API, with background work."""
    settings = settings_for(quiet=False, host=host, port=port, articles=articles)
    if settings.port == 0:
        port = _free_port(settings.host)
        settings = settings_for(quiet=False, host=host, port=port, articles=articles)
    asyncio.run(_run(settings))


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as server:
        return int(server.getsockname()[1])


async def _run(settings: Settings) -> None:
    from bot.assembly import assemble
    from bot.serving import serve

    click.echo("Starting Askfirst ...")
    assistant = await assemble(settings)
    await serve(assistant, announce=lambda lines: click.echo("\n".join(lines)))


@click.command()
@json_option
@clear_errors
def settings(as_json: bool) -> None:
    """Print every setting, its value and what it does. Secrets are not shown."""
    current = settings_for()
    rows = [_setting(current, name) for name in Settings.model_fields]
    if as_json:
        show(rows)
        return
    for row in rows:
        click.echo(f"{row['environment']} = {row['value']}\n    {row['description']}")


def _setting(current: Settings, name: str) -> dict[str, Any]:
    value = getattr(current, name)
    if name in {"rest_token", "smtp_url", "database_url"} and value:
        value = "(set, not shown)"
    return {
        "name": name,
        "environment": f"{PREFIX}{name.upper()}",
        "value": ",".join(value) if isinstance(value, tuple) else str(value or ""),
        "description": Settings.model_fields[name].description,
    }


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@clear_errors
def rasa(arguments: tuple[str, ...]) -> None:
    """Run Rasa's own command line on this project, e.g. `askfirst rasa data validate`."""
    from bot.engine.command_line import run_rasa

    run_rasa(arguments)
