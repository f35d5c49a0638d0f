"""Commands over articles: check, search and list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bot.cli.importing import import_articles
from bot.cli.output import (
    FINDINGS_EXIT,
    articles_option,
    clear_errors,
    json_option,
    settings_for,
    show,
)
from bot.entity_words import load_entity_words
from bot.knowledge import Library
from bot.knowledge.answers import source_of
from bot.knowledge.checking.coverage import Asked, read_asked
from bot.knowledge.checking.report import report
from bot.knowledge.golden import golden_set
from bot.opening import (
    golden_file,
    index_library,
    load_knowledge,
    load_library,
    local_day,
    need_names,
)
from bot.settings import Settings


@click.group()
def knowledge() -> None:
    """Help articles: what is there, what is found, what is wrong with them."""


knowledge.add_command(import_articles)


@knowledge.command("check")
@click.option(
    "--questions",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Visitors' questions (CSV or JSON lines): which articles does none of them find?",
)
@articles_option
@json_option
@clear_errors
def check(questions: Path | None, articles: Path | None, as_json: bool) -> None:
    """Report what is wrong in the articles, with file and line.

    Exit code 1 for errors and warnings; notes alone end with 0.
    """
    settings = settings_for(articles=articles, log_level="ERROR")
    library = load_library(settings, local_day())
    from bot.knowledge.check import check as check_library  # scikit-learn, for this alone

    findings = check_library(
        library,
        today=local_day(),
        needs=need_names(settings.project_dir),
        dates=load_entity_words(settings.project_dir).languages,
        asked=_asked(settings, library, read_asked(questions) if questions else []),
    )
    if as_json:
        show(findings)
    else:
        for line in report(findings, len(library.everything)):
            click.echo(line)
    raise SystemExit(FINDINGS_EXIT if any(one.counts for one in findings) else 0)


def _asked(settings: Settings, library: Library, questions: Sequence[str]) -> Asked | None:
    """Return what to ask; the articles are indexed for nothing else, which can take minutes."""
    golden = golden_set(library, golden_file(settings))
    if not (golden.questions or golden.problems or questions):
        return None
    return Asked(index_library(settings, library), golden, questions)


@knowledge.command("search")
@click.argument("question")
@click.option("-k", "count", default=5, show_default=True, help="How many passages.")
@click.option("--language", "--lang", help="Only articles in this language.")
@articles_option
@json_option
@clear_errors
def search(
    question: str, count: int, language: str | None, articles: Path | None, as_json: bool
) -> None:
    """Search the articles and print the best passages with their scores."""
    settings = settings_for(articles=articles)
    hits = load_knowledge(settings).search(question, language=language, k=count)
    rows = [_row(hit, settings.base_url) for hit in hits]
    if as_json:
        show(rows)
        return
    for row in rows:
        click.echo(f"{row['score']:7.3f}  {row['title']}\n         {row['url']}")
        click.echo("         " + " ".join(row["passage"].split())[:160] + "\n")
    if not rows:
        click.echo("Nothing found.")


def _row(hit: Any, base_url: str) -> dict[str, Any]:
    source = source_of(hit, base_url)
    return {
        "article": hit.article.id,
        "title": hit.article.title,
        "url": source.url,
        "passage": source.passage,
        "score": round(hit.score, 4),
    }


@knowledge.command("list")
@articles_option
@json_option
@clear_errors
def list_articles(articles: Path | None, as_json: bool) -> None:
    """List the articles with language, review date and owner."""
    found = load_knowledge(settings_for(articles=articles)).library.articles
    rows = [
        {
            "article": article.id,
            "title": article.title,
            "language": article.language,
            "reviewed": article.reviewed.isoformat() if article.reviewed else None,
            "owner": article.owner,
        }
        for article in found
    ]
    if as_json:
        show(rows)
        return
    for row in rows:
        reviewed = row["reviewed"] or "no review date"
        click.echo(f"{row['language']}  {reviewed:14}  {row['article']}  {row['title']}")
