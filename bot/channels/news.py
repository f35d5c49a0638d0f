"""What is new in a conversation, for channels that fetch: at once, or as soon as there is some."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from aiohttp import web

from bot.web_keys import TURNS, WAKEUPS

MAX_WAIT_SECONDS = 25
MAX_SEQ = 2**31 - 1


async def news_after(
    app: web.Application, conversation_id: str, after: int, wait_seconds: int
) -> list[dict[str, Any]]:
    """Return the messages after a cursor, waiting up to `wait_seconds` for the first."""
    turns = app[TURNS]
    async with app[WAKEUPS].listen(conversation_id) as news:
        messages = await turns.messages_after(conversation_id, after)
        if not messages and wait_seconds:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), wait_seconds)
            messages = await turns.messages_after(conversation_id, after)
    return messages
