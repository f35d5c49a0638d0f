"""Folders of articles as categories: what they are called, and what is in them in which order.

A folder may hold an article named `_index.md`. Its title is the folder's name, its first
paragraph stands above the list, and what it links to comes first, in that order. Without
one the folder is named after itself and sorted by title.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from bot.help_centre.wording import first_paragraph
from bot.knowledge import HelpArticle, Library
from bot.knowledge.loader import title_from_name
from bot.knowledge.render import passage_html

INDEX = "_index"
NAMELESS = title_from_name(INDEX)  # the title of an index that has none
SHELF_LONGEST = 12
_LINK = re.compile(r'href="/help/([^"/]+)/([^"#?]+)')


@dataclass(frozen=True)
class Folder:
    """A folder of one language. `path` is empty for the top; `note` is HTML."""

    path: str
    name: str
    note: str
    articles: tuple[HelpArticle, ...]
    folders: tuple[Folder, ...] = ()

    @property
    def count(self) -> int:
        """How many articles are in it and below it."""
        return len(self.articles) + sum(one.count for one in self.folders)


@dataclass(frozen=True)
class Shelf:
    """A stretch of a list page; `folder` is where the whole of a shortened one is."""

    name: str
    articles: Sequence[HelpArticle]
    folder: Folder | None = None


Folders = Mapping[str, Folder]


def is_index(article: HelpArticle) -> bool:
    """Say whether an article only describes its folder."""
    return posixpath.basename(article.slug) == INDEX


def folder_url(language: str, path: str) -> str:
    """Return the address of a folder's page."""
    return f"/help/{language}/{quote(path)}/" if path else f"/help/{language}/"


def folders_of(library: Library, language: str) -> Folders:
    """Return all folders of a language by path, the top one (`""`) included."""
    inside: dict[str, list[HelpArticle]] = {"": []}
    names: dict[str, str] = {}
    indexes: dict[str, HelpArticle] = {}
    for article in library.articles:
        if article.language != language:
            continue
        path = posixpath.dirname(article.slug)
        _name_folders(article, names)
        for one in ancestors(path):
            inside.setdefault(one, [])
        if is_index(article):
            indexes[path] = article
        else:
            inside[path].append(article)
    return _joined(library, inside, names, indexes)


def shelves(folder: Folder) -> list[Shelf]:
    """Return what a folder's page lists: its own articles, then each folder in it."""
    own = [Shelf("", folder.articles)] if folder.articles else []
    return own + [_shelf(one) for one in folder.folders if one.count]


def ancestors(path: str) -> list[str]:
    """Return a folder and those it is in, outermost first, without the top."""
    parts = path.split("/") if path else []
    return ["/".join(parts[: number + 1]) for number in range(len(parts))]


def _shelf(folder: Folder) -> Shelf:
    articles = _all_articles(folder)
    whole = len(articles) <= SHELF_LONGEST
    return Shelf(folder.name, articles if whole else articles[:SHELF_LONGEST], folder)


def _all_articles(folder: Folder) -> list[HelpArticle]:
    below = [article for one in folder.folders for article in _all_articles(one)]
    return [*folder.articles, *below]


def _joined(
    library: Library,
    inside: Mapping[str, Sequence[HelpArticle]],
    names: Mapping[str, str],
    indexes: Mapping[str, HelpArticle],
) -> Folders:
    """Put every folder into the one it is in, innermost first."""
    made: dict[str, Folder] = {}
    below: dict[str, list[Folder]] = {}
    for path in sorted(inside, key=_depth, reverse=True):
        folders = tuple(below.get(path, ()))
        found = Folder(path, names.get(path, ""), "", tuple(inside[path]), folders)
        made[path] = _ordered(library, found, indexes.get(path))
        if path:
            below.setdefault(posixpath.dirname(path), []).append(made[path])
    return made


def _ordered(library: Library, folder: Folder, index: HelpArticle | None) -> Folder:
    """Sort what is in a folder, as its index says or by title."""
    html = passage_html(library, index, index.body) if index else ""
    links = [
        unquote(slug)
        for language, slug in _LINK.findall(html)
        if index and language == index.language
    ]
    places = {slug: place for place, slug in reversed(list(enumerate(links)))}

    def of_article(article: HelpArticle) -> tuple[int, str]:
        return places.get(article.slug, len(links)), article.title.casefold()

    def of_folder(one: Folder) -> tuple[int, str]:
        below = [place for slug, place in places.items() if slug.startswith(f"{one.path}/")]
        return min(below, default=len(links)), one.name.casefold()

    return replace(
        folder,
        name=index.title if index and index.title != NAMELESS else folder.name,
        note=first_paragraph(html),
        articles=tuple(sorted(folder.articles, key=of_article)),
        folders=tuple(sorted(folder.folders, key=of_folder)),
    )


def _name_folders(article: HelpArticle, names: dict[str, str]) -> None:
    """Name an article's folders as they are written on disk; addresses have lost capitals."""
    written = posixpath.dirname(article.id).split("/")
    paths = ancestors(posixpath.dirname(article.slug))
    for path, name in zip(reversed(paths), reversed(written), strict=False):
        names.setdefault(path, title_from_name(name))


def _depth(path: str) -> int:
    return path.count("/") + 1 if path else 0
