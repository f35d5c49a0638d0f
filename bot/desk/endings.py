"""Why a conversation can't be read at the desk (any more)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from bot.database.tables import consent_event, conversation, handoff
from bot.errors import NotAllowed, NotFound

_BY_STATE = {"handed_back": "handed_back", "resolved": "resolved"}


class NotShared(NotAllowed):
    """There is no live handoff. `ending` says why, as `desk.ended_...` names it."""

    code = "handoff.not_shared"

    def __init__(self, ending: str) -> None:
        super().__init__("The visitor does not share this conversation with staff (any more).")
        self.ending = ending


def ending_of(connection: Connection, conversation_id: str) -> str:
    """Return why there is no live handoff; raise `NotFound` for an unknown conversation."""
    found = connection.execute(
        select(conversation.c.erased_at).where(conversation.c.id == conversation_id)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such conversation.", code="desk.not_found")
    if found.erased_at is not None:
        return "erased"
    last = connection.execute(
        select(handoff.c.state, handoff.c.visitor_id)
        .where(handoff.c.conversation_id == conversation_id)
        .order_by(handoff.c.requested_at.desc(), handoff.c.id)
        .limit(1)
    ).one_or_none()
    if last is None:
        return "never"
    return _BY_STATE.get(last.state) or _by_event(connection, conversation_id, last.visitor_id)


def _by_event(connection: Connection, conversation_id: str, visitor_id: str) -> str:
    """Tell a permission that ran out from one that the visitor ended."""
    event = consent_event.c
    action = connection.execute(
        select(event.action)
        .where(
            event.visitor_id == visitor_id,
            event.purpose == "handoff",
            event.scope_id.in_((conversation_id, "-")),
        )
        .order_by(event.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    return "withdrawn" if action in {"withdrawn", "revoked", "refused", "erased"} else "expired"
