"""My permissions, and stop: what was agreed to, and its end, as easy as its beginning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from actions.base import AskfirstAction, Talk
from bot.consent.contacts import open_contact_point
from bot.consent.effects import WithdrawAll, WithdrawGrant
from bot.consent.grants import Grant, live_grants, pending_confirmations
from bot.conversation.types import Button
from bot.follow_ups import mask_address


class ActionMyPermissions(AskfirstAction):
    """Lists what counts now with a button to withdraw each; withdraws the one a button names."""

    def name(self) -> str:
        return "action_my_permissions"

    async def reply(self, talk: Talk) -> None:
        visitor_id, now = talk.turn.conversation.visitor_id, talk.turn.now

        def read(connection: Connection) -> tuple[Sequence[Grant], Mapping[str, str]]:
            grants = live_grants(connection, visitor_id, now)
            return grants, {grant.id: _address(talk, connection, grant) for grant in grants}

        grants, addresses = await talk.services.database.read(read)
        named = talk.turn.payload.withdraw if talk.turn.payload else None
        if named is not None and any(grant.id == named for grant in grants):
            withdraw_one(talk, named)
        elif not grants:
            talk.say_words("permissions_none")
        else:
            say_permissions(talk, grants, addresses)


class ActionStopContactingMe(AskfirstAction):
    """Stop: withdraws everything at once, with one confirmation and nothing more."""

    def name(self) -> str:
        return "action_stop_contacting_me"

    async def reply(self, talk: Talk) -> None:
        conversation, now = talk.turn.conversation, talk.turn.now
        held = await talk.services.database.read(
            lambda connection: (
                bool(live_grants(connection, conversation.visitor_id, now))
                or bool(pending_confirmations(connection, conversation.visitor_id))
            )
        )
        talk.turn.outcome = "withdrawn" if held else "replied"
        talk.turn.effects.append(
            WithdrawAll(
                visitor_id=conversation.visitor_id,
                asked_on=conversation.channel,
                method="keyword",
                idem_prefix=talk.turn.message.id,
            )
        )
        talk.say_words("stopped" if held else "nothing_to_stop")


def withdraw_one(talk: Talk, grant_id: str) -> None:
    """Withdraw one grant of this visitor."""
    talk.turn.outcome = "withdrawn"
    talk.turn.effects.append(
        WithdrawGrant(
            visitor_id=talk.turn.conversation.visitor_id,
            grant_id=grant_id,
            asked_on=talk.turn.conversation.channel,
            method="button",
            idem_key=f"{talk.turn.message.id}/withdrawn",
        )
    )
    talk.say_words("withdrawn")


def say_permissions(talk: Talk, grants: Sequence[Grant], addresses: Mapping[str, str]) -> None:
    """List grants in the visitor's language, each with its button."""
    items = [
        talk.words(
            f"permission_{grant.purpose}",
            since=_day(grant.since),
            until=_day(grant.expires_at) if grant.expires_at else talk.words("until_resolved"),
            address=addresses[grant.id],
        )
        for grant in grants
    ]
    buttons = [
        withdraw_button(talk, grant.id, grant.purpose, address=addresses[grant.id])
        for grant in grants
    ]
    talk.say(talk.words("permissions", items="\n".join(items)), buttons=buttons)


def withdraw_button(talk: Talk, grant_id: str, purpose: str, *, address: str = "") -> Button:
    """Return the button that ends one permission."""
    payload = f"/my_permissions{json.dumps({'withdraw': grant_id})}"
    return Button(talk.words(f"withdraw_{purpose}", address=address), payload)


def _address(talk: Talk, connection: Connection, grant: Grant) -> str:
    if grant.contact_point_id == "-":
        return ""
    return mask_address(open_contact_point(connection, talk.services.keys, grant.contact_point_id))


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
