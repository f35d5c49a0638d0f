"""How commands speak: lines for people, JSON for programs, one clear line for an error."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from bot.errors import AskfirstError
from bot.settings import Settings, load_settings
from bot.words import use_words

P = ParamSpec("P")
R = TypeVar("R")

FINDINGS_EXIT = 1
ERROR_EXIT = 2

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
articles_option = click.option(
    "--articles",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder of Markdown articles instead of the one in the settings.",
)


def show(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def settings_for(*, quiet: bool = True, **overrides: Any) -> Settings:
    """Read settings and words, set up logging; `quiet` leaves out news nobody asked for."""
    settings = load_settings(**overrides)
    chosen = "log_level" in settings.model_fields_set
    logging.basicConfig(
        level=settings.log_level if chosen or not quiet else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )
    use_words(settings.project_dir)
    for name in ("bm25s", "alembic", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return settings


def clear_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the project's errors into one line on standard error and exit code 2."""

    @wraps(command)
    def guarded(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return command(*arguments, **options)
        except AskfirstError as error:
            click.echo(f"error: {error.message}", err=True)
            raise SystemExit(ERROR_EXIT) from error

    return guarded


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)
