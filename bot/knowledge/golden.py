"""Golden questions: what visitors must always be answered, and what nobody may answer.

They stand in the front matter of the article that must answer (`golden:`), or in a CSV file
beside the folder of articles, in which a row without an article must not be answered.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.answers import Answer, find_answer
from bot.knowledge.articles import NOTE, ArticleProblem, Library
from bot.knowledge.search import Knowledge

GOLDEN = Path("golden") / "questions.csv"
COLUMNS = ("question", "article", "language")


@dataclass(frozen=True)
class GoldenQuestion:
    """A question and the id of the article that must answer it; `None`: no article may."""

    text: str
    article: str | None
    language: str
    file: str
    line: int


@dataclass(frozen=True)
class Broken:
    """A golden question that does not hold, and the ids of the articles that answer instead."""

    question: GoldenQuestion
    instead: tuple[str, ...]

    @property
    def message(self) -> str:
        asked = f"“{self.question.text}” ({self.question.language})"
        answering = ", ".join(self.instead) or "no article"
        if self.question.article is None:
            return f"{asked} must not be answered and is, from {answering}"
        return f"{asked} must be answered from {self.question.article}, and {answering} answers"

    @property
    def place(self) -> str:
        return f"{self.question.file}:{self.question.line}"


@dataclass(frozen=True)
class GoldenSet:
    """All golden questions that can be asked, and what is wrong with the others."""

    questions: tuple[GoldenQuestion, ...]
    problems: tuple[ArticleProblem, ...] = ()


def golden_set(library: Library, file: Path) -> GoldenSet:
    """Collect the questions of the articles that answer, and those of the file if it is there.

    A question whose article does not answer (deleted, a draft, withheld) is a problem and is not
    asked: it says nothing about the search.
    """
    own = [
        GoldenQuestion(text, article.id, article.language, article.file, article.line_of("golden"))
        for article in library.articles
        for text in article.golden
    ]
    rows = list(_rows(library, file))
    return GoldenSet(
        (*own, *(row for row in rows if isinstance(row, GoldenQuestion))),
        tuple(row for row in rows if isinstance(row, ArticleProblem)),
    )


def broken(knowledge: Knowledge, questions: Sequence[GoldenQuestion]) -> list[Broken]:
    """Ask every question; return those that do not hold."""
    asked = ((question, _answering(knowledge, question)) for question in questions)
    return [Broken(question, found) for question, found in asked if not _holds(question, found)]


def regressions(
    current: Knowledge, fresh: Knowledge, questions: Sequence[GoldenQuestion]
) -> list[Broken]:
    """Return the questions that hold with the current articles and not with the fresh ones."""
    return [
        one
        for one in broken(fresh, questions)
        if _holds(one.question, _answering(current, one.question))
    ]


def choose(
    current: Knowledge, fresh: Knowledge, file: Path, build: Callable[[Library], Knowledge]
) -> tuple[Knowledge, tuple[Broken, ...]]:
    """Return what answers from now on, and the questions for which the fresh articles must wait.

    Articles that are let out no more (deleted, drafts, overdue) leave in any case: nobody waits
    for an improvement to withdraw a claim.
    """
    fallen = regressions(current, fresh, golden_set(fresh.library, file).questions)
    if not fallen:
        return fresh, ()
    kept = current.library.without_gone(fresh.library)
    same = kept == current.library
    return current if same else build(kept), tuple(fallen)


def _answering(knowledge: Knowledge, question: GoldenQuestion) -> tuple[str, ...]:
    found = find_answer(knowledge, question.text, language=question.language, base_url="")
    return tuple(one.article for one in found.sources) if isinstance(found, Answer) else ()


def _holds(question: GoldenQuestion, found: Sequence[str]) -> bool:
    return not found if question.article is None else question.article in found


def _rows(library: Library, file: Path) -> Iterator[GoldenQuestion | ArticleProblem]:
    name = GOLDEN.as_posix()
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return
    except OSError as error:
        yield ArticleProblem(name, 1, f"the file cannot be read: {error.strerror}")
        return
    except UnicodeDecodeError:
        yield ArticleProblem(name, 1, "this is not UTF-8; save the file as UTF-8")
        return
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if not {"question", "article"} <= set(reader.fieldnames or ()) <= set(COLUMNS):
            yield ArticleProblem(name, 1, "write the header question,article,language")
            return
        for row in reader:
            yield _row(library, name, reader.line_num, row)
    except csv.Error as error:
        yield ArticleProblem(name, reader.line_num, f"{error}; put text between quotes")


def _row(
    library: Library, name: str, line: int, row: dict[str | None, str | None]
) -> GoldenQuestion | ArticleProblem:
    text, named, language = ((row.get(column) or "").strip() for column in COLUMNS)
    if None in row or not text:
        problem = "write a question, the article that answers it or nothing, and a language"
        return ArticleProblem(name, line, f"{problem}; put text with commas between quotes")
    article = library.find(named) if library.may_answer(named) else None
    if named and article is None:
        return _unasked(library, name, line, named)
    language = language or (article.language if article else library.languages[0])
    if language not in library.languages:
        known = ", ".join(library.languages)
        return ArticleProblem(name, line, f"unknown language `{language}`; write one of {known}")
    return GoldenQuestion(text, named or None, language, name, line)


def _unasked(library: Library, name: str, line: int, article_id: str) -> ArticleProblem:
    article = next((one for one in library.everything if one.id == article_id), None)
    if article is None:
        what = "is no article; write its path below the folder without .md, or take the row out"
        return ArticleProblem(name, line, f"{article_id} {what}")
    overdue = library.is_withheld(article)
    state = "a draft" if article.draft else "overdue" if overdue else "for another audience"
    message = f"{article_id} is {state} and does not answer, so this question is not asked"
    return ArticleProblem(name, line, message, NOTE)
