"""Messages as the outside sees them: one JSON shape for every channel, page and plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.clock import to_text
from bot.conversation.types import ASSISTANT, STAFF, Message, Reply
from bot.knowledge.excerpt import PLAIN_WORDS, WEB_WORDS, cut
from bot.knowledge.render import plain, tree
from bot.knowledge.units import item_number


def reply_body(reply: Reply, base_url: str) -> dict[str, Any]:
    """Return what is stored beside a reply's text: buttons, sources, and the text as a tree.

    The tree of an answer is what the web shows of the passage: marked, and cut if very long.
    """
    body = {
        "kind": reply.kind,
        "buttons": [{"title": item.title, "payload": item.payload} for item in reply.buttons],
        "sources": [source.as_json() for source in reply.sources],
        **reply.data,
    }
    if reply.kind != "answer" or not body["sources"]:
        return {**body, "tree": tree(reply.text, base_url)}
    url = body["sources"][0]["url"]
    marks = [(start, end) for start, end in reply.data.get("marks", ())]
    shown = cut(reply.text, WEB_WORDS, marks)
    first = item_number(reply.text, shown.start) if shown.start else reply.data.get("first")
    goes_on = reply.data.get("goes_on") or not shown.whole
    return {
        **body,
        "tree": tree(shown.text, url, shown.inside(marks), first),
        "read_on": url if goes_on else None,
    }


def plain_text(message: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return a message, in the protocol's shape, as plain text, and where to read on.

    An answer is cut to a length for small media, at the end of a sentence; the address is
    that of its heading, `None` when nothing is left out.
    """
    sources = message["sources"]
    if message["kind"] != "answer" or not sources:
        return (plain(message["text"]) if message["author"] == ASSISTANT else message["text"]), None
    shown = cut(message["text"], PLAIN_WORDS)
    url = str(sources[0]["url"])
    text = plain(shown.text, url, message["first_number"])
    return text, message["read_on"] if shown.whole else url


def message_json(message: Message, staff_names: Mapping[str, str]) -> dict[str, Any]:
    """Return a message in the protocol's shape (docs/integrator.md)."""
    body = message.body
    return {
        "seq": message.seq,
        "author": message.author,
        "name": staff_names.get(message.staff_id or "") if message.author == STAFF else None,
        "kind": body.get("kind", "text"),
        "text": message.text,
        "tree": body.get("tree") if message.author == ASSISTANT else None,
        "buttons": body.get("buttons", []),
        "sources": body.get("sources", []),
        "read_on": body.get("read_on"),
        "first_number": body.get("first"),
        "client_id": message.native_id,
        "created_at": to_text(message.created_at),
    }
