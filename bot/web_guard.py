"""What faces share against misuse: attempts per network address, and no writes from other sites."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web

from bot.errors import NotAllowed
from bot.web_keys import SETTINGS

CAPACITY = 20
SECONDS_PER_TOKEN = 3.0
MAX_ADDRESSES = 10_000


class Bucket:
    """Allows 20 attempts at once and one more every three seconds, for each address, in memory."""

    def __init__(self) -> None:
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, address: str, now: datetime) -> bool:
        """Use one attempt up; False when there is none left."""
        left, since = self._left.pop(address, (float(CAPACITY), now))
        refilled = max(0.0, (now - since).total_seconds()) / SECONDS_PER_TOKEN
        left = min(float(CAPACITY), left + refilled)
        allowed = left >= 1
        self._left[address] = (left - 1 if allowed else left, now)
        if len(self._left) > MAX_ADDRESSES:
            self._left.popitem(last=False)
        return allowed


def refuse_foreign_write(request: web.Request) -> None:
    """Raise `NotAllowed` for a write that another site made the browser send.

    Browsers say where a request comes from by `Sec-Fetch-Site`; over plain HTTP on a network
    they say only `Origin`, and send that because the pages' Referrer-Policy is `same-origin`.
    """
    if request.method in {"GET", "HEAD"}:
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        own = {request.host, urlsplit(request.app[SETTINGS].base_url).netloc}
        foreign = origin is not None and urlsplit(origin).netloc not in own
    if foreign:
        raise NotAllowed("This request came from another site.", code="access.foreign")
