"""The links a mail carries. Each is signed for its one use; opening one changes nothing."""

from __future__ import annotations

from bot.keys import Keys
from bot.settings import Settings

CONFIRM_USE = "follow-up.confirm"
UNSUBSCRIBE_USE = "permission.unsubscribe"


def confirm_url(settings: Settings, keys: Keys, given_event_id: str) -> str:
    """Return the address of the page on which a visitor confirms a mail permission."""
    return f"{settings.base_url}/follow-ups/confirm/{keys.sign(CONFIRM_USE, given_event_id)}"


def unsubscribe_url(settings: Settings, keys: Keys, event_id: str) -> str:
    """Return the address that ends the permission given by this event. It never expires."""
    return f"{settings.base_url}/permissions/unsubscribe/{keys.sign(UNSUBSCRIBE_USE, event_id)}"
