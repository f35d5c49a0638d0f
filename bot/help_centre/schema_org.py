"""JSON-LD in the words of schema.org: what search engines read of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.help_centre.article_view import ArticleView, Crumb
from bot.knowledge import HelpArticle
from bot.knowledge.links import page_url

Data = dict[str, Any]


def article_data(
    article: HelpArticle,
    view: ArticleView,
    way: Sequence[Crumb],
    *,
    organisation: str,
    base_url: str,
) -> list[Data]:
    """Return an article's `Article`, its `BreadcrumbList`, and a `FAQPage` if it is one."""
    url = page_url(article, base_url=base_url)
    said: Data = {
        "headline": article.title,
        "description": view.description,
        "inLanguage": article.language,
        "url": url,
        "mainEntityOfPage": {"@type": "WebPage", "@id": url, "breadcrumb": _way(way, base_url)},
        "publisher": {"@type": "Organization", "name": organisation},
    }
    if article.reviewed:
        said["dateModified"] = article.reviewed.isoformat()
    found = [_typed("Article", **said), breadcrumb_data(way, base_url)]
    return [*found, _faq(article, view, url)] if view.questions else found


def breadcrumb_data(way: Sequence[Crumb], base_url: str) -> Data:
    """Return the way to a page."""
    return {"@context": "https://schema.org", **_way(way, base_url)}


def _way(way: Sequence[Crumb], base_url: str) -> Data:
    steps = [
        {"@type": "ListItem", "position": number, "name": one.name, "item": base_url + one.path}
        for number, one in enumerate(way, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": steps}


def _faq(article: HelpArticle, view: ArticleView, url: str) -> Data:
    questions = [
        {
            "@type": "Question",
            "name": one.asked,
            "acceptedAnswer": {"@type": "Answer", "text": one.answer},
        }
        for one in view.questions
    ]
    return _typed("FAQPage", url=url, inLanguage=article.language, mainEntity=questions)


def _typed(kind: str, **said: Any) -> Data:
    return {"@context": "https://schema.org", "@type": kind, **said}
