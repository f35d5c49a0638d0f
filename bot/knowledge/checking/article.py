"""What one article says about itself: its front matter, its headings and its passages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from bot.knowledge.articles import NOTE, WARNING, HelpArticle
from bot.knowledge.checking.findings import Finding, at
from bot.knowledge.outline import WORDS_MOST
from bot.knowledge.passages import passages_of


def about_article(
    article: HelpArticle, today: date, needs: Collection[str] | None
) -> Iterator[Finding]:
    """Yield what its author should put right, apart from its Markdown."""
    if article.is_overdue(today):
        message = f"was to be reviewed by {article.review_by}; read it, then set `reviewed`"
        yield at(article, article.line_of("review_by"), WARNING, "overdue", message)
    if article.owner is None:
        message = "has no owner; write `owner:` and who looks after it"
        yield at(article, 1, NOTE, "no-owner", message)
    for need in article.needs:
        if needs is not None and need not in needs:
            message = f"unknown need `{need}`; known are {', '.join(sorted(needs))}"
            yield at(article, article.line_of("needs"), WARNING, "need", message)
    if not article.outline.headings:
        message = "has no heading; write `# ` and a title above the text"
        yield at(article, article.body_line + 1, WARNING, "heading", message)
    yield from _passages(article)


def _passages(article: HelpArticle) -> Iterator[Finding]:
    for passage in passages_of(article):
        line = article.line_at(passage.start)
        words = len(passage.quote.split())
        if words > WORDS_MOST:
            message = f"a passage of {words} words; divide it by headings or shorter paragraphs"
            yield at(article, line, WARNING, "long-passage", message)
        elif not passage.quote:
            message = "has headings but no text to answer with"
            yield at(article, line, WARNING, "no-text", message)
