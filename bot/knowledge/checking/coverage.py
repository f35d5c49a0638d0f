"""What is missing: translations, questions that reach an article, answers that must be given."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadInput
from bot.knowledge.articles import ERROR, NOTE, HelpArticle, Library
from bot.knowledge.checking.findings import Finding, at
from bot.knowledge.evaluation_files import read_questions
from bot.knowledge.golden import GoldenSet, broken
from bot.knowledge.search import Knowledge

REACHED = 5  # among so many articles a question must find one


@dataclass(frozen=True)
class Asked:
    """What is asked of the articles in use: golden questions, and visitors' if they are known."""

    knowledge: Knowledge
    golden: GoldenSet
    questions: Sequence[str] = ()


def read_asked(source: Path) -> list[str]:
    """Read visitors' questions: a CSV with a column `question`, or JSON lines as for `evaluate`.

    Raises `BadInput` that says what to write instead.
    """
    if source.suffix.lower() != ".csv":
        return [question.text for question in read_questions(source)]
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if "question" not in (rows.fieldnames or ()):
                raise BadInput(f"{source}:1: the header must name question", field=str(source))
            return [text for row in rows if (text := (row["question"] or "").strip())]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{source} cannot be read: {error}", field=str(source)) from error


def translations(library: Library) -> Iterator[Finding]:
    """Yield each article that a language lacks, once, and each language without any article."""
    present = {article.language for article in library.articles}
    told: set[str] = set()
    for language in library.languages:
        if present and language not in present:
            message = f"no article is in `{language}`; write one, or take it out of `languages`"
            yield Finding(f"{language}/", 1, NOTE, "translation", message)
    for article in sorted(library.articles, key=lambda one: library.languages.index(one.language)):
        if article.slug in told:
            continue
        told.add(article.slug)
        there = {article.language, *(one.language for one in library.translations(article))}
        missing = [code for code in library.languages if code in present - there]
        if missing:
            files = ", ".join(_file_in(article, code) for code in missing)
            message = f"is not there in {', '.join(missing)}; write {files}"
            yield at(article, 1, NOTE, "translation", message)


def _file_in(article: HelpArticle, language: str) -> str:
    below = article.file.removeprefix(f"{article.language}/")
    return f"{language}/{below}"


def golden_findings(asked: Asked) -> Iterator[Finding]:
    """Yield the golden questions that do not hold, and the rows that cannot be asked."""
    for problem in asked.golden.problems:
        yield Finding(problem.file, problem.line, problem.severity, "golden", problem.message)
    for one in broken(asked.knowledge, asked.golden.questions):
        yield Finding(one.question.file, one.question.line, ERROR, "golden", one.message)


def unreached(asked: Asked) -> Iterator[Finding]:
    """Yield the articles that none of the questions finds."""
    library = asked.knowledge.library
    found = {
        hit.article.id
        for question in asked.questions
        for hit in asked.knowledge.rank_articles(question, k=REACHED)
    }
    for article in library.articles:
        if article.id not in found:
            message = "none of the questions finds it; add their words to its title or keywords"
            yield at(article, 1, NOTE, "unreached", message)
