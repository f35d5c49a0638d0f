"""Reads what an evaluation is made of: articles and questions, with the line of every mistake."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.knowledge.articles import HelpArticle, Library
from bot.knowledge.loader import load_articles, slug_of, title_from_name
from bot.knowledge.outline import outline_of


@dataclass(frozen=True)
class Question:
    """A question and the ids of the articles that answer it; none means unanswerable."""

    text: str
    relevant: tuple[str, ...]


def read_library(source: Path, languages: Sequence[str], cache_dir: Path | None = None) -> Library:
    """Read articles from a folder, or from a JSONL file in the first language."""
    if source.is_dir():
        return load_articles(source, languages=languages, cache_dir=cache_dir)
    articles: dict[str, HelpArticle] = {}
    for line, row in _rows(source):
        article = _article(source, line, row, languages[0])
        if article.id in articles:
            raise _wrong(source, line, f"the id {article.id!r} comes twice")
        articles[article.id] = article
    return Library(tuple(articles.values()), (), tuple(languages))


def read_questions(source: Path) -> list[Question]:
    """Read `{"question", "relevant": [id, ...]}` rows; other keys are ignored."""
    questions = [_question(source, line, row) for line, row in _rows(source)]
    if not questions:
        raise BadInput(f"{source}: there is no question in this file", field="questions")
    return questions


def _rows(source: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = source.read_bytes().split(b"\n")
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}", field=str(source)) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig"))
        except ValueError as error:
            raise _wrong(source, number, "this is not a line of JSON in UTF-8") from error
        if not isinstance(row, dict):
            raise _wrong(source, number, 'write an object like {"question": "...", ...}')
        yield number, row


def _question(source: Path, line: int, row: dict[str, Any]) -> Question:
    text, relevant = row.get("question"), row.get("relevant")
    if not isinstance(text, str) or not text.strip():
        raise _wrong(source, line, '"question" must be words')
    if not isinstance(relevant, list) or not all(isinstance(one, str) for one in relevant):
        raise _wrong(source, line, '"relevant" must be a list of article ids ([] if none answers)')
    return Question(text, tuple(dict.fromkeys(relevant)))


def _article(source: Path, line: int, row: dict[str, Any], language: str) -> HelpArticle:
    article_id, title, text = row.get("id"), row.get("title", ""), row.get("text")
    if not isinstance(article_id, str) or not article_id:
        raise _wrong(source, line, '"id" must be words')
    if not isinstance(title, str) or not isinstance(text, str):
        raise _wrong(source, line, '"title" and "text" must be words')
    outline = outline_of(text)
    heading = outline.headings[0].text if outline.headings else title_from_name(article_id)
    return HelpArticle(
        id=article_id,
        slug=slug_of(article_id),
        title=title or heading,
        language=language,
        body=text,
        outline=outline,
        file=source.name,
        body_line=line - 1,
    )


def _wrong(source: Path, line: int, message: str) -> BadInput:
    return BadInput(f"{source}:{line}: {message}", field=f"{source.name}:{line}")
