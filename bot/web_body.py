"""How long a request's body may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bot.errors import TooSlow

BODY_SECONDS = 20.0

T = TypeVar("T")


async def in_time(reading: Awaitable[T]) -> T:
    """Return what is read; raise `TooSlow` when it holds a connection for too long."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await reading
    except TimeoutError:
        raise TooSlow("The request's body did not arrive in time.") from None
