"""A person: what will be shared, the visitor's yes, and an honest word about who is there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from actions.base import AskfirstAction, Talk
from actions.permissions import withdraw_button
from actions.questions import ask_permission, evidence_of
from bot.consent.effects import GivePermission
from bot.consent.grants import Grant, find_grant
from bot.consent.requests import ConsentEvent
from bot.handoff import OpenHandoff, live_handoff, queue, staff_present, waiting_position


@dataclass(frozen=True)
class DeskState:
    """What the visitor is told about the desk."""

    live: bool
    position: int
    present: int
    grant: Grant | None


class ActionAskPerson(AskfirstAction):
    """A visitor who asks for a person has asked; what will be shared is still said first."""

    def name(self) -> str:
        return "action_ask_person"

    async def reply(self, talk: Talk) -> None:
        desk = await read_desk(talk)
        if desk.live:
            talk.say_words("already_with_staff", kind="handoff", position=desk.position)
        elif desk.grant is not None and talk.turn.may_offer:
            open_handoff(talk, desk, desk.grant.id)
        else:
            scope_id = talk.turn.conversation.id
            ask_permission(talk, "handoff", channel="chat", scope_id=scope_id)


async def give_handoff(talk: Talk, request: ConsentEvent) -> None:
    """Record the yes and bring staff in, in the same commit."""
    turn = talk.turn
    desk = await read_desk(talk)
    event_id = turn.id_for("given")
    turn.effects.append(
        GivePermission(
            event_id=event_id,
            request_event_id=request.id,
            asked_on=turn.conversation.channel,
            method=talk.method,
            idem_key=f"{turn.message.id}/given",
            evidence=evidence_of(talk, request),
            keys=talk.services.keys,
        )
    )
    open_handoff(talk, desk, event_id)


def open_handoff(talk: Talk, desk: DeskState, grant_id: str) -> None:
    """Put the conversation in the desk's queue and say who is there, and who is not."""
    turn = talk.turn
    turn.outcome = "handed_off"
    turn.effects.append(
        OpenHandoff(
            handoff_id=turn.id_for("handoff"),
            conversation_id=turn.conversation.id,
            visitor_id=turn.conversation.visitor_id,
            grant_event_id=grant_id,
        )
    )
    key = "handoff_waiting_present" if desk.present else "handoff_waiting_absent"
    talk.say(
        talk.words(key, position=desk.position),
        kind="handoff",
        buttons=(withdraw_button(talk, grant_id, "handoff"),),
    )


async def read_desk(talk: Talk) -> DeskState:
    """Read who waits, who is at the desk, and what this visitor already agreed to."""
    conversation, now = talk.turn.conversation, talk.turn.now

    def read(connection: Connection) -> DeskState:
        waiting = [item for item in queue(connection, now) if item.state == "requested"]
        position = waiting_position(connection, conversation.id, now) or len(waiting) + 1
        granted = find_grant(
            connection,
            visitor_id=conversation.visitor_id,
            purpose="handoff",
            scope_id=conversation.id,
            now=now,
        )
        live = live_handoff(connection, conversation.id, now) is not None
        return DeskState(live, position, staff_present(connection, now), granted)

    return await talk.services.database.read(read)
