"""An article as its page shows it: what is made of it once and kept."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from bot.help_centre.folders import Folders, ancestors, folder_url
from bot.help_centre.wording import first_sentence
from bot.knowledge import HelpArticle, Library
from bot.knowledge.articles import Heading
from bot.knowledge.links import page_url
from bot.knowledge.passages import passages_of
from bot.knowledge.render import Page, page, passage_html, plain

FEW_HEADINGS = 3
QUESTION_MARKS = ("?", "？", "؟")


@dataclass(frozen=True)
class Crumb:
    """A step of the way from the list of all articles to a page."""

    name: str
    path: str


@dataclass(frozen=True)
class Question:
    """A heading that asks something, and the plain text below it."""

    asked: str
    answer: str


@dataclass(frozen=True)
class ArticleView:
    """`contents` are the headings of a table of contents, none when it would be short.

    `questions` are there only if most headings below the title are questions.
    """

    page: Page
    description: str
    contents: Sequence[Heading]
    questions: Sequence[Question]


def article_view(
    library: Library, article: HelpArticle, *, link_label: str, base_url: str
) -> ArticleView:
    """Render an article; `base_url` is what links in answers to questions start with."""
    shown = page(library, article, link_label)
    listed = [one for one in article.outline.headings if one.level == 2]
    return ArticleView(
        page=shown,
        description=description_of(library, article),
        contents=listed if len(listed) >= FEW_HEADINGS else [],
        questions=_questions(article, base_url),
    )


def description_of(library: Library, article: HelpArticle) -> str:
    """Return an article's first sentence as plain words; its title if it begins with none."""
    opening = next((one.quote for one in passages_of(article) if one.quote), "")
    return first_sentence(passage_html(library, article, opening)) or article.title


def crumbs(folders: Folders, language: str, path: str, home: str) -> list[Crumb]:
    """Return the way to a folder, the list of all articles first."""
    way = [Crumb(folders[one].name, folder_url(language, one)) for one in ancestors(path)]
    return [Crumb(home, folder_url(language, "")), *way]


def crumbs_of(folders: Folders, article: HelpArticle, home: str) -> list[Crumb]:
    """Return the way to an article, itself last."""
    way = crumbs(folders, article.language, posixpath.dirname(article.slug), home)
    return [*way, Crumb(article.title, page_url(article))]


def _questions(article: HelpArticle, base_url: str) -> list[Question]:
    headings = article.outline.headings
    below = [place for place, one in enumerate(headings) if one.level > 1]
    asked = [place for place in below if headings[place].text.endswith(QUESTION_MARKS)]
    if len(asked) * 2 <= len(below):
        return []
    url = page_url(article, base_url=base_url)
    answers = [Question(headings[place].text, _below(article, place, url)) for place in asked]
    return [one for one in answers if one.answer]


def _below(article: HelpArticle, place: int, url: str) -> str:
    """Return what stands below a heading, up to the next that is no smaller."""
    headings = article.outline.headings
    anchors = {headings[place].anchor}
    for one in headings[place + 1 :]:
        if one.level <= headings[place].level:
            break
        anchors.add(one.anchor)
    quotes = [one.quote for one in passages_of(article) if one.anchor in anchors]
    return plain("\n\n".join(quotes), url)
