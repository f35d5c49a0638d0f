"""Compares a database with what visitors were told: nothing lost, nothing twice, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from benchmarks.crash_visitors import Record, Sent
from bot.clock import derived_id
from bot.consent.verify import verify
from bot.conversation.types import ASSISTANT, VISITOR
from bot.database.tables import (
    consent_event,
    conversation,
    handoff,
    message,
    message_original,
    turn,
)
from bot.keys import Keys

# what each of these outcomes must have written, once: (consent action)
ACTIONS = {"asked": "requested", "handed_off": "given", "withdrawn": "withdrawn"}


class Check:
    """Reads a database once; `problems` says in words what does not fit."""

    def __init__(self, connection: Connection, keys: Keys, record: Record) -> None:
        self._record = record
        self._keys = keys
        self.messages = _all(connection, message, message.c.conversation_id, message.c.seq)
        self.turns = _all(connection, turn)
        self.handoffs = _all(connection, handoff)
        self._conversations = _all(connection, conversation)
        self._events = _all(connection, consent_event)
        self._originals = {row.message_id: row for row in _all(connection, message_original)}
        self._verified = verify(connection)
        self._replies: dict[str, list[Row[Any]]] = {}
        for row in self.messages:
            if row.author == ASSISTANT and row.in_reply_to is not None:
                self._replies.setdefault(row.in_reply_to, []).append(row)

    def problems(self) -> list[str]:
        return [
            *self._stored_problems(),
            *self._shown_problems(),
            *self._turn_problems(),
            *self._reply_problems(),
            *self._order_problems(),
            *self._effect_problems(),
            *(f"ledger, row {found.seq}: {found.what}" for found in self._verified.problems),
        ]

    def _stored_problems(self) -> Iterator[str]:
        """Every acknowledged message is stored once, where and as it was acknowledged."""
        known = {row.id: (row.channel, row.external_id or row.id) for row in self._conversations}
        stored: dict[tuple[str, str, str], list[Row[Any]]] = {}
        for row in self.messages:
            if row.author == VISITOR:
                place = (*known[row.conversation_id], row.native_id)
                stored.setdefault(place, []).append(row)
        for sent in self._record.sent:
            rows = stored.pop((sent.channel, sent.conversation, sent.native_id), [])
            if len(rows) > 1 or (sent.acknowledged and not rows):
                yield f"message {sent.native_id} is stored {len(rows)} times"
            for row in rows:
                yield from self._content_problems(sent, row)
        yield from (f"message {place[2]} was never sent" for place in stored)

    def _content_problems(self, sent: Sent, row: Row[Any]) -> Iterator[str]:
        original = self._originals.get(row.id)
        if row.text != sent.text:
            yield f"message {sent.native_id} is stored with other words"
        if original is None or self._keys.decrypt(original.text_encrypted) != sent.text:
            yield f"the original of message {sent.native_id} is missing or another"
        if sent.seq is not None and sent.seq != row.seq:
            yield f"message {sent.native_id} was acknowledged as {sent.seq}, stored as {row.seq}"
        if sent.replies is not None:
            replies = tuple(found.text for found in self._replies.get(row.id, ()))
            if sent.replies != replies:
                yield f"message {sent.native_id} was answered otherwise than is stored"

    def _shown_problems(self) -> Iterator[str]:
        stored = {(row.conversation_id, row.seq): (row.author, row.text) for row in self.messages}
        for place, shown in self._record.seen.items():
            if stored.get(place) != shown:
                yield f"what was shown as {place[1]} in {place[0]} is not what is stored"

    def _turn_problems(self) -> Iterator[str]:
        turns = Counter(row.message_id for row in self.turns)
        for row in self.messages:
            if row.author == VISITOR and turns[row.id] != 1:
                yield f"message {row.native_id} has {turns[row.id]} turns"
        yield from (
            f"turn {row.message_id} failed" for row in self.turns if row.outcome == "failed"
        )

    def _reply_problems(self) -> Iterator[str]:
        """A message for staff has no reply; any other has each of its replies once."""
        for row in self.turns:
            found = self._replies.get(row.message_id, [])
            wanted = [derived_id(row.message_id, f"reply/{n}") for n in range(len(found))]
            if (row.outcome == "to_staff") == bool(found):
                yield f"message {row.message_id} ({row.outcome}) has {len(found)} replies"
            if [reply.id for reply in found] != wanted:
                yield f"the replies to {row.message_id} are not those of one run"
            if len({reply.text for reply in found}) != len(found):
                yield f"message {row.message_id} got the same reply twice"

    def _order_problems(self) -> Iterator[str]:
        """Sequence numbers have no gap, and replies come in the order of the messages."""
        last = {row.id: row.last_seq for row in self._conversations}
        for conversation_id, group in groupby(self.messages, key=lambda row: row.conversation_id):
            rows = list(group)
            if [row.seq for row in rows] != list(range(1, last[conversation_id] + 1)):
                yield f"the numbers of {conversation_id} have a gap"
            place = {row.id: row.seq for row in rows}
            answered = [place.get(row.in_reply_to, 0) for row in rows if row.in_reply_to]
            if answered != sorted(answered):
                yield f"replies of {conversation_id} are out of order"

    def _effect_problems(self) -> Iterator[str]:
        """What turns did besides replying is there once for each turn that did it."""
        outcomes = Counter(row.outcome for row in self.turns)
        events = Counter(row.action for row in self._events)
        for outcome, action in ACTIONS.items():
            if outcomes[outcome] != events[action]:
                yield f"{outcomes[outcome]} turns {outcome}, {events[action]} events {action}"
        if len(self.handoffs) != outcomes["handed_off"]:
            yield f"{outcomes['handed_off']} turns handed off, {len(self.handoffs)} handoffs"
        for grant_id, count in Counter(row.grant_event_id for row in self.handoffs).items():
            if count > 1:
                yield f"grant {grant_id} has {count} handoffs"
        live = Counter(row.conversation_id for row in self.handoffs if row.live_grant_id)
        yield from (f"{found} has two live handoffs" for found in live if live[found] > 1)


def _all(connection: Connection, table: Any, *order: Any) -> Sequence[Row[Any]]:
    return connection.execute(select(table).order_by(*order)).all()
