"""How often one network address may try to sign in: a bucket of tokens, in memory."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime

CAPACITY = 20
SECONDS_PER_TOKEN = 3.0
MAX_ADDRESSES = 10_000


class Bucket:
    """Allows 20 attempts at once and one more every three seconds, for each address."""

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
