"""Rasa's REST channel contract: one POST, and the replies of the turn in its response."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.channels.news import MAX_SEQ, MAX_WAIT_SECONDS, news_after
from bot.channels.requests import bearer_token, int_query, read_json, same_secret, text_field
from bot.clock import new_id
from bot.errors import BadInput, NotAllowed, NotFound, NotSignedIn
from bot.web_keys import SETTINGS, TURNS

CHANNEL = "rest"
# A proxy on this machine is no loopback caller: whoever stands behind it needs the token.
# A page in a browser on this machine is none either, whatever name it came by.
FROM_A_PAGE = ("Origin", "Sec-Fetch-Site")
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


def setup(app: web.Application) -> None:
    app.router.add_get("/webhooks/rest/", health)
    app.router.add_post("/webhooks/rest/webhook", webhook)
    app.router.add_get("/webhooks/rest/messages", messages)


async def health(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def webhook(request: web.Request) -> web.Response:
    """Answer `{"sender", "message", "metadata"}` with the list of replies.

    `metadata.message_id` is the native id: the same one again returns the same replies.
    """
    namespace = _namespace(request)
    content = await read_json(request)
    sender = text_field(content, "sender", max_chars=200) or ""
    text = text_field(content, "message") or ""
    metadata = content.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise BadInput("`metadata` must be an object.", field="metadata")
    if not sender:
        raise BadInput("`sender` must not be empty.", field="sender")
    replies = await _turn(request, f"{namespace}:{sender}", text, metadata)
    return web.json_response([_reply(sender, message) for message in replies])


async def messages(request: web.Request) -> web.Response:
    """Return what was said to a sender after a cursor, staff's replies too, waiting if asked.

    The webhook can only answer at once; what staff write later is fetched here.
    """
    namespace = _namespace(request)
    sender = request.query.get("sender", "")
    after = int_query(request, "after", 0, low=0, high=MAX_SEQ)
    wait = int_query(request, "wait", 0, low=0, high=MAX_WAIT_SECONDS)
    turns = request.app[TURNS]
    conversation = await turns.find_sender(CHANNEL, f"{namespace}:{sender}")
    if conversation is None:
        raise NotFound("There is no conversation of this sender.", code="conversation.not_found")
    found = await news_after(request.app, conversation.id, after, wait)
    said = [message for message in found if message["author"] != "visitor"]
    return web.json_response([_reply(sender, message) for message in said])


async def _turn(
    request: web.Request, sender: str, text: str, metadata: Mapping[str, Any]
) -> list[dict[str, Any]]:
    turns = request.app[TURNS]
    payload = turns.payload_in(text)
    turns.check(text, payload)  # before a conversation is opened for it
    language = str(metadata.get("language", ""))
    conversation = await turns.conversation_of_sender(CHANNEL, sender, language)
    native_id = str(metadata.get("message_id") or new_id())[:100]
    text_field({"message_id": native_id}, "message_id")
    received = await asyncio.shield(  # a caller that leaves does not cut the first commit short
        turns.receive(
            conversation,
            text=text,
            payload=payload,
            native_id=native_id,
            interface=language,
            wait=True,
        )
    )
    first = received.message.seq == 2  # seq 1 is the disclosure, part of the first answer
    return await turns.replies_to(conversation.id, received.message, with_disclosure=first)


def _reply(sender: str, message: Mapping[str, Any]) -> dict[str, Any]:
    reply: dict[str, Any] = {"recipient_id": sender, "text": message["text"]}
    if message["buttons"]:
        reply["buttons"] = message["buttons"]
    reply["custom"] = {
        "kind": message["kind"],
        "seq": message["seq"],
        "author": message["author"],
        "name": message["name"],
        "sources": message["sources"],
        "read_on": message["read_on"],
        "first_number": message["first_number"],
    }
    return reply


def _namespace(request: web.Request) -> str:
    """Return the sender namespace of the caller: its token's, or the loopback's."""
    token = request.app[SETTINGS].rest_token
    if token:
        given = bearer_token(request)
        if not same_secret(given, token):
            raise NotSignedIn("The REST channel's token is wrong.")
        return hashlib.sha256(token.encode()).hexdigest()[:12]
    foreign = any(name in request.headers for name in (*FORWARDED, *FROM_A_PAGE))
    if not _is_loopback(request.remote) or foreign:
        raise NotAllowed("Set ASKFIRST_REST_TOKEN to use the REST channel from elsewhere.")
    return "local"


def _is_loopback(address: str | None) -> bool:
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
