"""The articles for language models: a list as llmstxt.org describes it, and each as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping

import yaml

from bot.help_centre.article_view import description_of
from bot.help_centre.folders import Folders
from bot.knowledge import HelpArticle, Library
from bot.knowledge.links import page_url

_MARKUP = re.compile(r"([\\`*_\[\]<>])")


def listing(
    library: Library,
    folders: Mapping[str, Folders],
    words: Mapping[str, str],
    *,
    organisation: str,
    base_url: str,
) -> str:
    """Return `llms.txt`: a title, a summary, and for each folder its articles as Markdown."""
    name = _plain(organisation)
    title = words["help.of"].format(organisation=name)
    summary = words["help.llms"].format(organisation=name)
    lines = [f"# {title}", "", f"> {summary}"]
    for language in library.languages:
        spoken = words.get(f"help.language_{language}", language.upper())
        for path, folder in sorted(folders[language].items()):
            heading = f"{spoken}: {_plain(folder.name)}" if path else spoken
            items = [_item(library, article, base_url) for article in folder.articles]
            lines += ["", f"## {heading}", "", *items] if items else []
    return "\n".join([*lines, ""])


def markdown(article: HelpArticle, base_url: str) -> str:
    """Return an article as it was written, with what its page says about it on top."""
    about = {
        "title": article.title,
        "language": article.language,
        "reviewed": article.reviewed,
        "affiliate": article.affiliate,
        "url": page_url(article, base_url=base_url),
    }
    told = {key: value for key, value in about.items() if value}
    front = yaml.safe_dump(told, allow_unicode=True, sort_keys=False)
    headings, body = article.outline.headings, article.body.strip()
    titled = headings and headings[0].text == article.title
    title = "" if titled else f"# {_plain(article.title)}\n\n"
    return f"---\n{front}---\n\n{title}{body}\n"


def _item(library: Library, article: HelpArticle, base_url: str) -> str:
    url = f"{page_url(article, base_url=base_url)}.md"
    return f"- [{_plain(article.title)}]({url}): {_plain(description_of(library, article))}"


def _plain(words: str) -> str:
    """Return words as Markdown that shows just them."""
    return _MARKUP.sub(r"\\\1", " ".join(words.split()))
