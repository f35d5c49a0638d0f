"""The command that imports help articles from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from bot.cli.output import FINDINGS_EXIT, clear_errors, json_option, settings_for, show
from bot.knowledge.importing.items import (
    KINDS,
    LEFT_OUT,
    NEW,
    UNCHANGED,
    Options,
    Plan,
    Target,
    no_track,
)

_column = "The heading of the column with the {}; else it is recognised."


@click.command("import")
@click.argument("source")
@click.option("--kind", type=click.Choice(KINDS), help="What SOURCE is; else it is guessed.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of articles to write to instead of the one in the settings.",
)
@click.option("--name", default="", help="What this import is called; else as its source.")
@click.option("--language", "--lang", default="", help="The language of all of it.")
@click.option("--question-column", default="", help=_column.format("questions"))
@click.option("--answer-column", default="", help=_column.format("answers"))
@click.option("--category-column", default="", help="Make one article of each category in it.")
@click.option("--most-pages", default=5_000, show_default=True, help="Of a website, no more.")
@click.option("--pause", default=0.5, show_default=True, help="Seconds between its pages.")
@click.option("--overwrite", is_flag=True, help="Replace also articles that were edited here.")
@click.option("--dry-run", is_flag=True, help="Show what would be done and write nothing.")
@json_option
@clear_errors
def import_articles(
    source: str,
    kind: str | None,
    into: Path | None,
    language: str,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Import articles from SOURCE: a folder, a file, or the address of a website's sitemap.

    Again for the same source it updates them. Exit code 1 when something was left out.
    """
    from bot.knowledge.importing.plan import make_plan
    from bot.knowledge.importing.sources import check_apart, collect
    from bot.knowledge.importing.writing import write_plan

    settings = settings_for()
    languages = settings.languages
    if language and language not in languages:
        raise click.BadParameter(f"spoken are {', '.join(languages)}", param_hint="--language")
    target = Target(into or settings.articles_dir, languages, language, overwrite)
    track = _bar if sys.stderr.isatty() and not as_json else no_track
    check_apart(source, target.folder)
    collected = collect(
        source, languages=languages, kind=kind or "", options=Options(**options), track=track
    )
    plan = make_plan(collected, target, track)
    if not dry_run:
        plan = write_plan(plan, target, track)
    _show(plan, source, target.folder, dry_run, as_json)
    raise SystemExit(FINDINGS_EXIT if plan.counts[LEFT_OUT] else 0)


def _bar(things: Sequence[Any], label: str) -> Iterable[Any]:
    with click.progressbar(things, label=label, file=sys.stderr) as bar:
        yield from bar


def _show(plan: Plan, source: str, folder: Path, dry_run: bool, as_json: bool) -> None:
    if as_json:
        show(_as_json(plan, source, folder, dry_run))
        return
    for step in plan.steps:
        if step.status == UNCHANGED or (step.status == NEW and not (dry_run or step.reason)):
            continue
        place = f" {step.file} <-" if step.file else ""
        reason = f": {step.reason}" if step.reason else ""
        click.echo(f"{step.status}:{place} {step.item}{reason}")
    for remark in plan.remarks:
        click.echo(f"remark: {remark}")
    counts = ", ".join(f"{count} {status}" for status, count in plan.counts.items())
    done = "Nothing was written (dry run)" if dry_run else f"Import `{plan.name}` ({plan.kind})"
    click.echo(f"{done}: {counts}.")


def _as_json(plan: Plan, source: str, folder: Path, dry_run: bool) -> dict[str, Any]:
    return {
        "source": source,
        "kind": plan.kind,
        "name": plan.name,
        "into": str(folder),
        "dry_run": dry_run,
        "counts": plan.counts,
        "articles": [
            {"status": one.status, "item": one.item, "file": one.file, "reason": one.reason}
            for one in plan.steps
        ],
        "remarks": list(plan.remarks),
    }
