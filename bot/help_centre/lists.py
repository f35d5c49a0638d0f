"""Articles put on shelves: what the list of titles and the table of contents show."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from bot.knowledge import HelpArticle, Library
from bot.knowledge.articles import Heading
from bot.knowledge.loader import title_from_name

LONG_SHELF, FEW_HEADINGS = 24, 3


@dataclass(frozen=True)
class Shelf:
    """The articles of one folder. A long one starts folded when there are others."""

    name: str
    articles: Sequence[HelpArticle]
    folded: bool


def shelves(library: Library, language: str) -> list[Shelf]:
    """Return a language's articles by folder, the top folder first, titles in order."""
    groups: dict[str, list[HelpArticle]] = {}
    for article in library.articles:
        if article.language == language:
            groups.setdefault(posixpath.dirname(article.slug), []).append(article)
    return [
        Shelf(
            name=title_from_name(folder.replace("/", " / ")),
            articles=sorted(articles, key=lambda one: one.title.casefold()),
            folded=len(groups) > 1 and len(articles) > LONG_SHELF,
        )
        for folder, articles in sorted(groups.items())
    ]


def headings_to_list(article: HelpArticle) -> list[Heading]:
    """Return the headings of a table of contents; none for an article that needs none."""
    listed = [one for one in article.outline.headings if one.level == 2]
    return listed if len(listed) >= FEW_HEADINGS else []


def page_title(article: HelpArticle) -> str:
    """Return the heading that the page's title already says."""
    headings = article.outline.headings
    return headings[0].text if headings and headings[0].level == 1 else article.title
