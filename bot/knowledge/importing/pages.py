"""Finds the content of a whole HTML page among its menus, and a page's title and language."""

from __future__ import annotations

import re
from dataclasses import dataclass

import justext
from lxml import etree
from lxml import html as lxml_html

from bot.knowledge.importing.items import Html, Unusable

_META_CHARSET = re.compile(rb"""<meta[^>]+charset=["']?([\w-]+)""", re.IGNORECASE)
_AROUND = ("nav", "aside", "footer", "form", "script", "style", "noscript", "template", "dialog")
_ROLES = ("navigation", "complementary", "contentinfo", "search", "banner", "dialog")
_MARKED = ("//main", "//*[@role='main']", "//article")
_SHARE = 0.9  # of the text that is no menu; the container that holds it is the content
_CONTAINERS = {"div", "section", "article", "main", "center", "table", "tbody", "tr", "td", "body"}


@dataclass(frozen=True)
class Page:
    """A page's content as HTML below its title, and the language it says it is in."""

    content: Html
    language: str


def read_page(raw: bytes, *, url: str = "", charset: str = "") -> Page:
    """Read a page. Raises `Unusable` when it is no HTML or has no text."""
    root = _parsed(_decoded(raw, charset))
    title = _title(root)
    language = (root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")) or ""
    content = _content(root)
    heading = next(content.iter("h1"), None)
    if heading is not None and heading.text_content().strip():
        title = " ".join(heading.text_content().split())
        if heading is not content:
            heading.drop_tree()
    if not content.text_content().strip():
        raise Unusable("no text was found on the page; copy it by hand, or leave it out")
    content.tag = "div"
    html = lxml_html.tostring(content, encoding="unicode", with_tail=False)
    return Page(Html(title, html, url), language.strip().lower())


def _decoded(raw: bytes, charset: str) -> str:
    """Decode as the server says, as the page says, as UTF-8, or as old pages are."""
    declared = _META_CHARSET.search(raw[:4096])
    named = (charset, declared.group(1).decode("ascii", "ignore") if declared else "", "utf-8-sig")
    for name in named:
        try:
            if name:
                return raw.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("cp1252", "replace")


def _parsed(text: str) -> lxml_html.HtmlElement:
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8"), _parser())
    except (etree.LxmlError, ValueError) as error:
        raise Unusable("it is no HTML page; leave it out") from error
    if root.find(".//body") is None:
        raise Unusable("it is no HTML page; leave it out")
    return root


def _parser() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True)


def _title(root: lxml_html.HtmlElement) -> str:
    headings = root.xpath("//h1")
    found = headings[0] if len(headings) == 1 else root.find(".//title")
    return " ".join((found.text_content() if found is not None else "").split())


def _content(root: lxml_html.HtmlElement) -> lxml_html.HtmlElement:
    """Return the element that holds the content: as marked by the page, else as it reads."""
    _drop_surroundings(root)
    for path in _MARKED:
        marked = root.xpath(path)
        if len(marked) == 1 and marked[0].text_content().strip():
            return marked[0]
    return _by_reading(root)


def _drop_surroundings(root: lxml_html.HtmlElement) -> None:
    for element in list(root.iter(*_AROUND)):
        if element.getparent() is not None:
            element.drop_tree()
    for role in _ROLES:
        for element in root.xpath(f"//*[@role='{role}']"):
            if element.getparent() is not None:
                element.drop_tree()


def _by_reading(root: lxml_html.HtmlElement) -> lxml_html.HtmlElement:
    """Return the innermost container with nearly all text that jusText takes for no menu.

    Only its first look at each paragraph counts: the second throws away short help pages.
    """
    body = root.find(".//body")
    html = lxml_html.tostring(root, encoding="unicode")
    paragraphs = justext.justext(html, frozenset(), stopwords_low=0, stopwords_high=0)
    read = {_squeezed(one.text) for one in paragraphs if one.cf_class != "bad"}
    total = sum(map(len, read))
    element = body
    while total:
        inner = next((one for one in element if _held(one, read) >= _SHARE * total), None)
        if inner is None or inner.tag not in _CONTAINERS:
            break
        element = inner
    return element


def _held(element: lxml_html.HtmlElement, read: set[str]) -> int:
    text = _squeezed(element.text_content()) if isinstance(element.tag, str) else ""
    return sum(len(one) for one in read if one in text)


def _squeezed(text: str) -> str:
    return "".join(text.split())
