"""Markdown for each medium: a page, a tree for the widget, plain text for mail and SMS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import nh3
from markdown_it.token import Token

from bot.knowledge.articles import HelpArticle, Library
from bot.knowledge.clean import clean_tokens, link_open, text_token
from bot.knowledge.links import SCHEMES, within
from bot.knowledge.markdown import parser
from bot.knowledge.marks import marked_tokens
from bot.knowledge.plain import plain
from bot.knowledge.tree import TAGS, tree
from bot.knowledge.units import Span

__all__ = ["AFFILIATE_REL", "Page", "page", "passage_html", "plain", "tree"]

_PAGE_TAGS = set(TAGS | {"h2", "h5", "h6", "div", "span"})
_PAGE_ATTRIBUTES = {
    "a": {"href", "class", "aria-label", "rel"},
    "div": {"class", "tabindex"},
    "ol": {"start"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
# Links in a third party's passage; pages of this server send no referrer to other sites.
AFFILIATE_REL = "nofollow noopener sponsored"
_CLASSES = frozenset({"anchor", "wide"})


@dataclass(frozen=True)
class Page:
    """An article's body as HTML below its title; `title_id` is the anchor of the title."""

    title_id: str
    html: str


def page(library: Library, article: HelpArticle, link_label: str = "#") -> Page:
    """Return an article for its help-centre page, with the ids its sources point to.

    A first heading that says the title is left out here: the page shows the title itself.
    """
    tokens = clean_tokens(article.body, within(library, article))
    outline = article.outline
    opens = [place for place, token in enumerate(tokens) if _is_heading(token)]
    for heading, place in zip(outline.headings, opens, strict=True):
        _name_heading(tokens, place, heading.anchor, f"{link_label}: {heading.text}")
    title_id = "" if outline.headings and outline.headings[0].anchor == outline.top else outline.top
    if not title_id and outline.headings[0].text == article.title:
        del tokens[opens[0] : opens[0] + 3]
        title_id = outline.top
    return Page(title_id, _html(tokens, article.affiliate is not None))


def passage_html(
    library: Library, article: HelpArticle, quote: str, marks: Sequence[Span] = ()
) -> str:
    """Return a passage's quote for a page: no ids, links as on the article's own page.

    `marks` are places of the quote that are marked.
    """
    tokens = marked_tokens(quote, marks, within(library, article))
    return _html(tokens, article.affiliate is not None)


def _html(tokens: list[Token], is_affiliate: bool) -> str:
    _wrap_tables(tokens)
    _relate(tokens, AFFILIATE_REL if is_affiliate else "noopener")
    dialect = parser()
    return nh3.clean(
        dialect.renderer.render(tokens, dialect.options, {}),
        tags=_PAGE_TAGS,
        attributes=_PAGE_ATTRIBUTES,
        attribute_filter=_keep_known_classes,
        url_schemes=set(SCHEMES),
        link_rel=None,
    )


def _relate(tokens: Sequence[Token], rel: str) -> None:
    """Say of links to elsewhere how they stand to this page."""
    for token in tokens:
        for child in token.children or ():
            if child.type == "link_open" and str(child.attrs["href"]).startswith("http"):
                child.attrs["rel"] = rel


def _is_heading(token: Token) -> bool:
    return token.type == "heading_open" and token.level == 0


def _name_heading(tokens: Sequence[Token], place: int, anchor: str, label: str) -> None:
    """Give a heading its id and a link to itself; the page's own title is the only h1."""
    opening, inline, closing = tokens[place : place + 3]
    opening.tag = closing.tag = f"h{max(2, int(opening.tag[1]))}"
    opening.attrs["id"] = anchor
    link = link_open(f"#{anchor}")
    link.attrs.update({"class": "anchor", "aria-label": label})
    inline.children = [
        *(inline.children or ()),
        text_token(" "),
        link,
        text_token("#"),
        Token("link_close", "a", -1),
    ]


def _wrap_tables(tokens: list[Token]) -> None:
    """Let wide tables scroll by themselves, reachable by keyboard.

    A heading cell without words is an ordinary cell: it would announce nothing.
    """
    wrapped: list[Token] = []
    for place, token in enumerate(tokens):
        if token.type == "th_open" and not tokens[place + 1].content.strip():
            token.tag = tokens[place + 2].tag = "td"
        if token.type == "table_open":
            attrs: dict[str, str | int | float] = {"class": "wide", "tabindex": "0"}
            wrapped.append(Token("div_open", "div", 1, attrs=attrs, block=True))
        wrapped.append(token)
        if token.type == "table_close":
            wrapped.append(Token("div_close", "div", -1, block=True))
    tokens[:] = wrapped


def _keep_known_classes(_tag: str, name: str, value: str) -> str | None:
    return value if name != "class" or value in _CLASSES else None
