"""The widget's protocol: POST up, numbered messages down (events or long poll), `after=N`."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from bot.channels.news import MAX_SEQ, MAX_WAIT_SECONDS, news_after
from bot.channels.requests import bearer_token, int_query, read_json, text_field
from bot.clock import to_text
from bot.conversation.types import Conversation
from bot.errors import BadInput, Gone
from bot.privacy import export_visitor
from bot.web_keys import CLOCK, DATABASE, KEYS, TURNS, WAKEUPS

HEARTBEAT_SECONDS = 15


def setup(app: web.Application) -> None:
    app.router.add_post("/api/v1/conversations", start)
    app.router.add_post("/api/v1/messages", send)
    app.router.add_get("/api/v1/messages", poll)
    app.router.add_get("/api/v1/events", events)
    app.router.add_get("/api/v1/data", data)


async def start(request: web.Request) -> web.Response:
    """Open a conversation. Called with the first message, never before."""
    content = await read_json(request)
    language = text_field(content, "language", required=False, max_chars=20) or ""
    conversation, token = await request.app[TURNS].start_conversation("web", language)
    body = {"id": conversation.id, "token": token, "language": conversation.language}
    return web.json_response(body, status=201)


async def send(request: web.Request) -> web.Response:
    """Store a message and acknowledge it; the answer comes by events. Repeating is harmless."""
    conversation = await _conversation(request)
    content = await read_json(request)
    native_id = text_field(content, "id", max_chars=100)
    text = text_field(content, "text")
    payload = text_field(content, "payload", required=False, max_chars=500)
    language = text_field(content, "language", required=False, max_chars=20)
    if not native_id:
        raise BadInput("`id` must not be empty.", field="id")
    received = await asyncio.shield(
        request.app[TURNS].receive(
            conversation,
            text=text or "",
            native_id=native_id,
            payload=payload,
            interface=language,
        )
    )
    body = {"seq": received.message.seq, "repeated": received.repeated}
    return web.json_response(body, status=202)


async def poll(request: web.Request) -> web.Response:
    """Return messages after a cursor, waiting up to `wait` seconds for the first."""
    conversation = await _conversation(request)
    after = int_query(request, "after", 0, low=0, high=MAX_SEQ)
    wait = int_query(request, "wait", 0, low=0, high=MAX_WAIT_SECONDS)
    messages = await news_after(request.app, conversation.id, after, wait)
    state = await request.app[TURNS].state_of(conversation.id)
    return _no_store(web.json_response({"messages": messages, "state": state}))


async def events(request: web.Request) -> web.StreamResponse:
    """Stream messages after a cursor as server-sent events, then whatever is new."""
    conversation = await _conversation(request)
    after = int_query(request, "after", 0, low=0, high=MAX_SEQ)
    stream = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    await stream.prepare(request)
    await _follow(request, stream, conversation, after)
    return stream


async def _follow(
    request: web.Request, stream: web.StreamResponse, conversation: Conversation, after: int
) -> None:
    turns, state = request.app[TURNS], None
    wakeups = request.app[WAKEUPS]
    async with wakeups.listen(conversation.id) as news:
        while not wakeups.closed:
            news.clear()
            for message in await turns.messages_after(conversation.id, after):
                after = message["seq"]
                await stream.write(_event("message", message, after))
            current = await turns.state_of(conversation.id)
            if current != state:
                state = current
                await stream.write(_event("state", current))
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                await stream.write(b": beat\n\n")


async def data(request: web.Request) -> web.Response:
    """Return everything that is kept about the visitor who holds this token."""
    conversation = await _conversation(request)
    if conversation.erased_at is not None:
        raise Gone("This conversation was erased.", code="conversation.erased")
    keys, now = request.app[KEYS], request.app[CLOCK].now()
    content = await request.app[DATABASE].read(
        lambda connection: export_visitor(connection, keys, conversation.visitor_id, now)
    )
    response = web.json_response(content, dumps=lambda value: json.dumps(value, default=_to_json))
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return _no_store(response)


async def _conversation(request: web.Request) -> Conversation:
    return await request.app[TURNS].conversation_of(bearer_token(request))


def _event(name: str, content: Any, number: int | None = None) -> bytes:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(content)}\n\n".encode()


def _no_store(response: web.Response) -> web.Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _to_json(value: Any) -> str:
    return to_text(value)
