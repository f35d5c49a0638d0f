"""Commands over articles: check, search and list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.cli.output import (
    FINDINGS_EXIT,
    articles_option,
    clear_errors,
    json_option,
    settings_for,
    show,
)
from bot.clock import SystemClock
from bot.knowledge.answers import source_of
from bot.knowledge.check import check as check_library
from bot.opening import load_knowledge, need_names


@click.group()
def knowledge() -> None:
    """Help articles: what is there, what is found, what is wrong with them."""


@knowledge.command("check")
@articles_option
@json_option
@clear_errors
def check(articles: Path | None, as_json: bool) -> None:
    """Report what is wrong in the articles, with file and line. Exit code 1 for findings."""
    settings = settings_for(articles=articles, log_level="ERROR")
    library = load_knowledge(settings).library
    today = SystemClock().now().date()
    findings = check_library(library, today=today, needs=need_names(settings.project_dir))
    if as_json:
        show(findings)
    else:
        for finding in findings:
            click.echo(f"{finding.file}:{finding.line}: {finding.severity}: {finding.message}")
        click.echo(f"{len(library.articles)} articles read, {len(findings)} findings.")
    raise SystemExit(FINDINGS_EXIT if findings else 0)


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
