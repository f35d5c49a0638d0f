"""HTML to Markdown: headings, lists, tables, links and code; no script, no image, no style."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

import nh3
from html_to_markdown import ConversionOptions, convert
from html_to_markdown.exceptions import ConversionError
from lxml import etree
from lxml import html as lxml_html

from bot.knowledge.importing.files import storable
from bot.knowledge.importing.items import HERE, Unusable
from bot.knowledge.links import is_safe

LinkTo = Callable[[str], str | None]
"""Returns the path of the article that an address became, `None` for any other address."""

# fmt: off
_TAGS = {
    "p", "ul", "ol", "li", "pre", "code", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr",
    "strong", "b", "em", "i", "a", "br", "table", "thead", "tbody", "tr", "th", "td",
    "div", "span", "section", "article",
}
_WITH_CONTENT = {
    "script", "style", "template", "iframe", "object", "embed", "svg", "math", "noscript", "head",
    "form", "button", "select", "textarea", "nav", "aside", "footer", "dialog",
    "video", "audio", "canvas",
}
# fmt: on
_BLOCKS = "p|ul|ol|table|pre|blockquote|div|h1|h2|h3|h4|h5|h6|section|article"
_RENAMED = {"kbd": "code", "samp": "code", "tt": "code", "summary": "p", "dt": "p", "dd": "p"}
_OPTIONS = ConversionOptions(extract_metadata=False, autolinks=False)
# Characters of text that Markdown would read as markup travel as private ones and come back
# escaped: the converter escapes either nothing of this or every full stop.
_PRIVATE = {sign: chr(0xE000 + number) for number, sign in enumerate("\\<*_`]&")}
_BACK = {private: f"\\{sign}" for sign, private in _PRIVATE.items()}
_IS_PRIVATE = re.compile("[\ue000-\ue0ff]")
_MARKUP = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|<(?=[a-zA-Z/!?])|\*(?=\S)|(?<=\S)\*|(?<![^\W_])_|_(?![^\W_])|`"
    r"|\](?=[(\[:]|\Z)|&(?=#?\w+;)"
)
_PIXEL = re.compile(r"\s*[0-3](?:px)?\s*")


@dataclass
class _Work:
    """One page on its way: where its links start from, and what was left out of it."""

    base: str
    link_to: LinkTo
    images: int = 0
    remarks: list[str] = field(default_factory=list)


def to_markdown(html: str, base: str, link_to: LinkTo) -> tuple[str, list[str]]:
    """Return a page's content as Markdown, and remarks on what was left out.

    Images become links with their description; those without one are left out. Raises
    `Unusable` when nothing remains or it cannot be converted.
    """
    work = _Work(base, link_to)
    root = _parsed(html)
    _drop(root, _WITH_CONTENT)
    _images(root, work)
    _links(root, work)
    _rename(root)
    _protect(root)
    safe = nh3.clean(
        lxml_html.tostring(root, encoding="unicode"),
        tags=_TAGS,
        attributes={"a": {"href"}, "code": {"class"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    text = _converted(safe)
    if work.images:
        work.remarks.append(f"{work.images} images without a description were left out")
    return text, work.remarks


def escaped(words: str) -> str:
    """Return words for a heading: what Markdown would read as markup is escaped."""
    text = _MARKUP.sub(lambda sign: f"\\{sign.group()}", " ".join(words.split()))
    return f"{text[:-1]}\\#" if text.endswith("#") else text


def _parsed(html: str) -> lxml_html.HtmlElement:
    try:
        return lxml_html.fragment_fromstring(
            _IS_PRIVATE.sub("", storable(html)), create_parent="div"
        )
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Unusable("its HTML cannot be read; save the page anew") from error


def _converted(safe: str) -> str:
    try:
        text = convert(safe, _OPTIONS).content or ""
    except ConversionError as error:
        raise Unusable("its HTML cannot be turned into Markdown; copy its text by hand") from error
    text = _IS_PRIVATE.sub(lambda found: _BACK.get(found.group(), ""), text).strip()
    if not text:
        raise Unusable("it has no text; write some, or delete it")
    return text + "\n"


def _drop(root: lxml_html.HtmlElement, tags: set[str]) -> None:
    for element in list(root.iter()):
        unwanted = not isinstance(element.tag, str) or element.tag in tags
        if unwanted and element is not root and element.getparent() is not None:
            element.drop_tree()


def _images(root: lxml_html.HtmlElement, work: _Work) -> None:
    for image in list(root.iter("img")):
        words = " ".join((image.get("alt") or "").split())
        address = _absolute(image.get("src") or "", work.base)
        tiny = any(_PIXEL.fullmatch(image.get(side) or "") for side in ("width", "height"))
        if not words or tiny:
            work.images += 0 if tiny else 1
            image.drop_tree()
            continue
        nowhere = address is None or address.startswith(HERE)
        image.tag = "span" if nowhere or _in_link(image) else "a"
        image.attrib.clear()
        image.text = words
        if image.tag == "a":
            image.set("href", address)


def _in_link(element: lxml_html.HtmlElement) -> bool:
    return any(True for _ in element.iterancestors("a"))


def _links(root: lxml_html.HtmlElement, work: _Work) -> None:
    """Make links absolute or lead to articles; keep the words of those that lead nowhere."""
    for link in list(root.iter("a")):
        address = _absolute(link.get("href") or "", work.base)
        page, _, fragment = (address or "").partition("#")
        itself = bool(fragment) and page == work.base.partition("#")[0]
        blocks = bool(link.xpath(f".//*[self::{_BLOCKS.replace('|', ' or self::')}]"))
        if address is None or itself or blocks or not link.text_content().strip():
            link.drop_tag()
        elif article := work.link_to(page):
            link.set("href", article)
        elif address.startswith(HERE):
            link.drop_tag()
        else:
            link.set("href", address)


def _absolute(href: str, base: str) -> str | None:
    try:
        address = urljoin(base, href.strip())
    except ValueError:
        return None
    return address if href.strip() and is_safe(address) else None


def _rename(root: lxml_html.HtmlElement) -> None:
    """Write the few elements that Markdown has no words for in words that it has."""
    for element in list(root.iter(*_RENAMED)):
        strong = element.tag in {"dt", "summary"}
        element.tag = _RENAMED[element.tag]
        if strong and element.text and not len(element):
            inner = etree.SubElement(element, "strong")
            inner.text, element.text = element.text.strip(), None


def _protect(root: lxml_html.HtmlElement) -> None:
    for element, attribute, text in _texts(root):
        setattr(element, attribute, _MARKUP.sub(lambda sign: _PRIVATE[sign.group()], text))


def _texts(root: lxml_html.HtmlElement) -> Iterator[tuple[lxml_html.HtmlElement, str, str]]:
    """Yield every piece of text that is no code."""
    code = {inner for outer in root.iter("pre", "code") for inner in outer.iter()}
    for element in list(root.iter()):
        if element.text and element not in code:
            yield element, "text", element.text
        outside = element not in code or element.getparent() not in code
        if element.tail and outside and element is not root:
            yield element, "tail", element.tail
