"""Messages as the outside sees them: one JSON shape for every channel and page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.clock import to_text
from bot.conversation.types import ASSISTANT, STAFF, Message, Reply
from bot.knowledge.render import tree


def reply_body(reply: Reply, base_url: str) -> dict[str, Any]:
    """Return what is stored beside a reply's text: buttons, sources, and the text as a tree."""
    return {
        "kind": reply.kind,
        "buttons": [{"title": item.title, "payload": item.payload} for item in reply.buttons],
        "sources": [source.as_json() for source in reply.sources],
        "tree": tree(reply.text, base_url),
        **reply.data,
    }


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
        "client_id": message.native_id,
        "created_at": to_text(message.created_at),
    }
