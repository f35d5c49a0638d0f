"""Commands that measure the assistant on questions whose right answers are known."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import click

from bot.cli.output import clear_errors, json_option, settings_for, show

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _number(_context: click.Context, _option: click.Parameter, value: float | None) -> float | None:
    """Refuse "nan", which lies in every range."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no number")
    return value


@click.group()
def evaluate() -> None:
    """Measure the assistant on questions whose right answers are known."""


@evaluate.command("retrieval")
@click.option("--articles", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--questions", required=True, type=FILE)
@json_option
@clear_errors
def retrieval(articles: Path, questions: Path, as_json: bool) -> None:
    """Ask every question of a JSONL file and compare what is found with what is relevant."""
    from bot.knowledge.evaluate import evaluate_retrieval  # loads scikit-learn: seconds

    settings = settings_for(log_level="ERROR")
    cache = settings.data_dir / "cache" / "passages"
    report = evaluate_retrieval(articles, questions, languages=settings.languages, cache_dir=cache)
    _show_report(report.as_json(), as_json)


@evaluate.command("needs")
@click.option("--test", required=True, type=FILE)
@json_option
@clear_errors
def needs(test: Path, as_json: bool) -> None:
    """Run a CSV `text,label[,language]` through the trained assistant, each row on its own."""
    settings = settings_for()
    from bot.engine.evaluate_needs import evaluate_needs

    _show_report(asyncio.run(evaluate_needs(settings, test)), as_json)


@evaluate.command("intents")
@click.option("--train", required=True, type=FILE, help="CSV `text,label` or Rasa NLU YAML.")
@click.option("--test", required=True, type=FILE, help="The same; `oos` is out of scope.")
@click.option(
    "--reject",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    callback=_number,
    help="The share of in-scope messages that may be rejected, e.g. 0.05.",
)
@json_option
@clear_errors
def intents(train: Path, test: Path, reject: float | None, as_json: bool) -> None:
    """Train the project's pipeline on one file and ask it the other; nothing is kept."""
    settings = settings_for()
    from bot.engine.evaluate_intents import evaluate_intents

    config = settings.project_dir / "config.yml"
    _show_report(evaluate_intents(config, train, test, rejected_share=reject), as_json)


def _show_report(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show(report)
        return
    width = max(len(name) for name in report)
    for name, value in report.items():
        if isinstance(value, float):
            click.echo(f"{name:{width}} {value:.4f}")
        elif not isinstance(value, (list, dict)):
            click.echo(f"{name:{width}} {'-' if value is None else value}")
        else:
            click.echo(f"{name}:")
            for row in value.items() if isinstance(value, dict) else value:
                click.echo(f"  {row}")
