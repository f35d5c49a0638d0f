"""Where a page of the help centre is, and where the same page is in other languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.help_centre.folders import Folders, folder_url
from bot.knowledge import HelpArticle, Library
from bot.knowledge.links import page_url


@dataclass(frozen=True)
class Place:
    """A page's own address, that of each language's version (its own among them), and the one
    for readers of any other language. All are paths on this server.
    """

    path: str
    versions: Mapping[str, str]
    default: str


def article_place(library: Library, article: HelpArticle) -> Place:
    """Return where an article is; its translations that may be listed are its versions."""
    others = [one for one in library.translations(article) if library.may_answer(one.id)]
    versions = {one.language: page_url(one) for one in others}
    versions[article.language] = page_url(article)
    return _place(library.languages, page_url(article), versions)


def folder_place(
    library: Library, folders: Mapping[str, Folders], language: str, path: str
) -> Place:
    """Return where a folder's page is; folders of the same path that hold something are its
    versions. For readers of other languages than the top folder's there is `/`.
    """
    versions = _versions(library, folders, path)
    versions[language] = folder_url(language, path)
    place = _place(library.languages, versions[language], versions)
    return place if path else replace(place, default="/")


def home_place(library: Library, folders: Mapping[str, Folders]) -> Place:
    """Return where the page is that chooses its language by the browser's."""
    return Place("/", _versions(library, folders, ""), "/")


def _versions(library: Library, folders: Mapping[str, Folders], path: str) -> dict[str, str]:
    filled = (code for code in library.languages if _holds(folders[code], path))
    return {code: folder_url(code, path) for code in filled}


def _holds(folders: Folders, path: str) -> bool:
    return path in folders and folders[path].count > 0


def _place(languages: Sequence[str], path: str, versions: Mapping[str, str]) -> Place:
    ordered = {code: versions[code] for code in languages if code in versions}
    return Place(path, ordered, next(iter(ordered.values()), path))
