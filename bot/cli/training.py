"""The command that trains: checks the examples first, if asked, and says what the gate decided."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from bot.cli.output import FINDINGS_EXIT, clear_errors, json_option, settings_for, show
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.engine.training import Trained


@click.command()
@click.option("--force", is_flag=True, help="Train even if nothing changed.")
@click.option("--check", is_flag=True, help="First cross-validate the examples into a report.")
@click.option(
    "--folds", type=click.IntRange(2, 20), default=5, show_default=True, help="Parts for --check."
)
@click.option("--accept", is_flag=True, help="Switch in a model that does worse on the golden set.")
@json_option
@clear_errors
def train(force: bool, check: bool, folds: int, accept: bool, as_json: bool) -> None:
    """Train a model on the present data, in a child process; a running server takes it over.

    A model that does worse on the golden set than the one in use is not switched in: exit code 1.
    """
    from bot.engine.project_check import check_project
    from bot.engine.training import train_model

    settings = settings_for()
    check_project(settings.project_dir, settings.languages)
    report = _check(settings, folds, quiet=as_json) if check else None
    trained = asyncio.run(train_model(settings, force=force, accept=accept))
    if as_json:
        show({**_as_json(trained), **({"check": report} if report else {})})
    else:
        _tell(trained)
    raise SystemExit(FINDINGS_EXIT if trained.refused else 0)


def _check(settings: Settings, folds: int, *, quiet: bool) -> dict[str, Any]:
    from bot.engine.check_report import write_report
    from bot.engine.train_check import check_examples
    from bot.engine.training import fingerprint

    found = check_examples(settings.project_dir, settings.languages, folds=folds)
    made_from = fingerprint(settings)
    folder = settings.data_dir.resolve() / "reports" / made_from
    html, data = write_report({"fingerprint": made_from, **found}, folder)
    if not quiet:
        for language, scores in found["languages"].items():
            click.echo(
                f"{language}: macro F1 {scores['macro_f1']:.3f}, accuracy {scores['accuracy']:.3f}"
            )
        click.echo(
            f"{len(found['confusions'])} confusions and {len(found['alike'])} pairs of alike"
            f" examples are worth a look:\n  {html}\n  {data}"
        )
    return {"fingerprint": made_from, **found, "files": [str(html), str(data)]}


def _as_json(trained: Trained) -> dict[str, Any]:
    record = trained.record
    return {
        "model": trained.path.name,
        "switched_in": not trained.refused,
        "reasons": list(record.reasons) if record else [],
        "notes": list(record.notes) if record else [],
        "golden": record.languages if record else None,
    }


def _tell(trained: Trained) -> None:
    record = trained.record
    if record and record.languages:
        for language, scores in record.languages.items():
            click.echo(f"Golden set, {language}: macro F1 {scores['macro_f1']:.3f}")
    for note in record.notes if record else ():
        click.echo(f"  {note}")
    for reason in record.reasons if record else ():
        click.echo(f"  {reason}", err=trained.refused)
    if trained.refused:
        click.echo(
            f"The new model is worse and not switched in; {trained.path.name} goes on answering."
            " `askfirst train --accept` takes the new one all the same.",
            err=True,
        )
    else:
        click.echo(f"The model for the present data is {trained.path.name}.")
