"""The mails themselves: one text in Markdown, sent as plain text and as the HTML made from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from html import escape

import nh3

from bot.follow_ups.content import Content, Quoted
from bot.knowledge.clean import clean_tokens
from bot.knowledge.links import always, seen_from
from bot.knowledge.markdown import parser
from bot.knowledge.render import plain
from bot.knowledge.tree import TAGS
from bot.settings import Settings
from bot.texts import Texts

UNSUBSCRIBE = "List-Unsubscribe"
# Nothing that loads from elsewhere: opening a mail tells nobody.
_TAGS = set(TAGS) | {"h1", "h2", "h5", "h6"}
_MARKUP = re.compile(r"[\\`*_\[\]<>&#!]")


class _WholeAddresses(EmailPolicy):
    """Leaves an address in a header in one piece.

    The library would write a long one as encoded words, which mail programs don't take for an
    address: the unsubscribe button would be missing.
    """

    def fold(self, name: str, value: str) -> str:
        if name == UNSUBSCRIBE and value.isascii():
            return f"{name}: {value}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == UNSUBSCRIBE and value.isascii():
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


_ASCII = _WholeAddresses(linesep="\r\n")
_UTF8 = _WholeAddresses(linesep="\r\n", utf8=True)


@dataclass(frozen=True)
class Envelope:
    """What every mail needs besides its words. `name` is the row's id and stays the same."""

    name: str
    kind: str
    recipient: str
    language: str
    unsubscribe_url: str
    now: datetime


def confirmation_mail(
    envelope: Envelope,
    *,
    title: str,
    asked_at: datetime,
    confirm_url: str,
    settings: Settings,
    texts: Texts,
) -> EmailMessage:
    """Ask whether the address is the visitor's. Names the article, never the visitor's words."""
    what = "mail.confirm_answer" if title else "mail.confirm_news"
    values = {
        "organisation": _escape(settings.organisation),
        "title": _escape(title),
        "date": f"{asked_at:%Y-%m-%d}",
        "link": confirm_url,
    }
    keys = ("mail.hello", what, "mail.confirm_link", "mail.confirm_nothing")
    body = "\n\n".join(texts.say(envelope.language, key, **values) for key in keys)
    subject = texts.say(
        envelope.language, "mail.confirm_subject", organisation=settings.organisation
    )
    return _assemble(envelope, subject, body, settings)


def follow_up_mail(
    envelope: Envelope, *, content: Content, agreed_at: datetime, settings: Settings, texts: Texts
) -> EmailMessage:
    """Send what was asked for: the passages with their sources, why it came, how to stop."""
    language = envelope.language
    values = {
        "organisation": _escape(settings.organisation),
        "date": f"{agreed_at:%Y-%m-%d}",
        "link": envelope.unsubscribe_url,
    }
    kind = "answer" if content.quotes else "news"
    parts = [texts.say(language, "mail.hello")]
    parts += [texts.say(language, f"mail.{kind}_opening", **values), content.text]
    parts += [_quote(quote, language, texts) for quote in content.quotes]
    parts += ["---", texts.say(language, "mail.why", **values)]
    parts += [texts.say(language, "mail.stop", **values)]
    subject = texts.say(
        language,
        f"mail.{kind}_subject",
        title=content.title,
        organisation=settings.organisation,
    )
    body = "\n\n".join(part for part in parts if part)
    return _assemble(
        envelope, subject, body, settings, content.quotes[0].url if content.quotes else ""
    )


def _quote(quote: Quoted, language: str, texts: Texts) -> str:
    passage = "\n".join(f"> {line}".rstrip() for line in quote.passage.strip().splitlines())
    key = "mail.source_reviewed" if quote.reviewed else "mail.source"
    values = {"title": _escape(quote.title), "url": quote.url, "reviewed": quote.reviewed}
    parts = [passage, texts.say(language, key, **values)]
    if quote.affiliate:
        parts.insert(0, texts.say(language, "mail.affiliate", affiliate=_escape(quote.affiliate)))
    return "\n\n".join(parts)


def _assemble(
    envelope: Envelope, subject: str, body: str, settings: Settings, base_url: str = ""
) -> EmailMessage:
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    mail = EmailMessage(policy=_ASCII if envelope.recipient.isascii() else _UTF8)
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = settings.mail_from
    mail["To"] = envelope.recipient
    mail["Date"] = format_datetime(envelope.now)
    mail["Message-ID"] = f"<{envelope.kind}.{envelope.name}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Id"] = f"<{envelope.kind}.{domain}>"
    mail[UNSUBSCRIBE] = f"<{envelope.unsubscribe_url}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    base = base_url or settings.base_url
    mail.set_content(plain(body, base) + "\n", cte="quoted-printable")
    html = _page(to_html(body, base), subject, envelope.language)
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = envelope.language  # setting the content drops earlier Content-*
    return mail


def to_html(markdown: str, base_url: str) -> str:
    """Render Markdown as HTML; relative links start from `base_url`, pictures are links to it."""
    dialect = parser()
    tokens = clean_tokens(markdown, seen_from(base_url), always(base_url))
    return nh3.clean(
        dialect.renderer.render(tokens, dialect.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )


def _escape(words: str) -> str:
    """Return words that Markdown shows as they are."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(words.split()))


def _page(body: str, title: str, language: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n<body>\n{body}</body>\n</html>\n"
    )
