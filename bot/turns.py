"""A turn, in two commits: the message is stored and acknowledged, then answered in one piece.

What was acknowledged is on disk. A message without a second commit is run again after a crash;
its rows then get the same identifiers, so nothing happens twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from bot import turn_language, turn_store
from bot.clock import derived_id, new_id
from bot.consent.ledger import take_ledger_lock
from bot.conversation import store
from bot.conversation.payloads import Payload, payload_in, read_payload
from bot.conversation.render import message_json, reply_body
from bot.conversation.stream import DESK, Wakeups
from bot.conversation.types import OPEN, VISITOR, Conversation, Message, Reply, Turn
from bot.conversation.wishes import mentions_stop, wants_stop
from bot.engine.agent import Engine, Outcome
from bot.errors import ConsentRefused, DatabaseUnavailable, Gone, NotSignedIn
from bot.findings import record_findings
from bot.intake import read_words
from bot.keys import new_token, token_hash
from bot.opening import need_names
from bot.redaction import mask_secrets, redact
from bot.services import Services, current_services
from bot.turn_wishes import chosen, stop_offer, with_stop_offer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Received:
    """The acknowledgement of a message: it is stored, and this is where it stands."""

    message: Message
    repeated: bool


class Turns:
    """Receives messages and answers them, one turn at a time for each conversation."""

    def __init__(
        self, services: Services, engine: Engine, wakeups: Wakeups, *, may_offer: bool = True
    ) -> None:
        self._may_offer = may_offer
        self._needs = need_names(services.settings.project_dir)
        self._services = services
        self._engine = engine
        self._wakeups = wakeups
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._running: set[asyncio.Task[None]] = set()

    # -- who is talking ------------------------------------------------------------------

    async def start_conversation(self, channel: str, language: str) -> tuple[Conversation, str]:
        """Open a conversation for a visitor who holds a token; return both, the token once."""
        token = new_token()
        conversation = await self._create(channel, language, token=token)
        return conversation, token

    async def conversation_of(self, token: str) -> Conversation:
        """Return the conversation of a token; raise `NotSignedIn` for an unknown one."""
        hashed = token_hash(token)
        found = await self._services.database.read(lambda c: store.find_by_token(c, hashed))
        if found is None:
            raise NotSignedIn("This conversation is not known here.")
        return found

    async def find_sender(self, channel: str, sender: str) -> Conversation | None:
        """Return the conversation of a sender that the channel names, if there is one."""
        return await self._services.database.read(
            lambda c: store.find_by_sender(c, channel, sender)
        )

    async def conversation_of_sender(
        self, channel: str, sender: str, language: str
    ) -> Conversation:
        """Return the conversation of a sender that the channel names; open it if new."""
        found = await self.find_sender(channel, sender)
        if found is not None:
            return found
        try:
            return await self._create(channel, language, sender=sender)
        except IntegrityError:  # the same sender's first two messages arrived together
            found = await self.find_sender(channel, sender)
            if found is None:
                raise
            return found

    async def _create(
        self, channel: str, language: str, *, token: str | None = None, sender: str | None = None
    ) -> Conversation:
        known = self._services.settings.languages
        language = language if language in known else known[0]
        conversation_id, now = new_id(), self._services.clock.now()
        disclosure = self._disclosure(language)

        def work(connection: Connection) -> Conversation:
            store.create_conversation(
                connection,
                conversation_id=conversation_id,
                channel=channel,
                language=language,
                now=now,
                token_hash=token_hash(token) if token else None,
                external_id=sender,
            )
            self._add_reply(connection, conversation_id, channel, disclosure, new_id(), now, None)
            return store.get_conversation(connection, conversation_id)

        return await self._services.database.write(work)

    def _disclosure(self, language: str) -> Reply:
        settings = self._services.settings
        text = self._services.texts.say(
            language,
            "assistant.disclosure",
            organisation=settings.organisation,
            privacy=f"{settings.base_url}/privacy?lang={language}",
        )
        return Reply(text, kind="disclosure")

    # -- the first commit ------------------------------------------------------------------

    async def receive(
        self,
        conversation: Conversation,
        *,
        text: str,
        native_id: str,
        payload: str | None = None,
        interface: str | None = None,
        wait: bool = False,
    ) -> Received:
        """Store a visitor's message, once for each native id, and start its turn.

        `interface` is the language the visitor's page or program is set to: when it changes, the
        conversation's does. With `wait` it returns when the turn is committed. Raises
        `BadInput` for an empty text or a payload that is none, `TooLarge` over 4,000
        characters, `Gone` after erasure.
        """
        if conversation.erased_at is not None:
            raise Gone("This conversation was erased.", code="conversation.erased")
        pressed, words = self.check(text, payload), read_words(text)

        def work(connection: Connection) -> Received:
            return self._store(connection, conversation.id, words, pressed, native_id, interface)

        try:
            received = await self._services.database.write(work)
        except IntegrityError:  # the same message arrived twice at once: one of them is stored
            received = await self._services.database.write(work)
        self._wakeups.notify(conversation.id)
        task = self._start(conversation.id)
        if wait:
            await asyncio.shield(task)
        return received

    def payload_in(self, text: str) -> str | None:
        """Return a text that a channel sends for a pressed button; None for a visitor's words."""
        return payload_in(text, self._needs)

    def check(self, text: str, payload: str | None) -> Payload | None:
        """Return the payload read; raise what `receive` would raise for text and payload."""
        read_words(text)
        return None if payload is None else read_payload(payload, self._needs)

    def _store(
        self,
        connection: Connection,
        conversation_id: str,
        text: str,
        payload: Payload | None,
        native_id: str,
        interface: str | None = None,
    ) -> Received:
        current = store.get_conversation(connection, conversation_id)
        found = store.find_native(connection, current.id, current.channel, native_id)
        if found is not None:
            return Received(found, repeated=True)
        now = self._services.clock.now()
        message = store.add_message(
            connection,
            message_id=new_id(),
            conversation_id=current.id,
            author=VISITOR,
            text=redact(text),
            body=turn_language.message_body(payload, interface, self._services.settings.languages),
            channel=current.channel,
            now=now,
            native_id=native_id,
        )
        original = self._services.keys.encrypt(mask_secrets(text))
        turn_store.add_original(connection, message, original, now)
        to_staff = current.status == OPEN and payload is None and not wants_stop(text)
        if to_staff:
            turn_store.close_turn(connection, message, "to_staff", now)
            if mentions_stop(text):
                offer = stop_offer(self._services.texts, current.language)
                offer_id = derived_id(message.id, "stop")
                self._add_reply(
                    connection, current.id, current.channel, offer, offer_id, now, message.id
                )
        else:
            turn_store.reopen_if_resolved(connection, current, now)
        return Received(message, repeated=False)

    # -- the second commit -----------------------------------------------------------------

    def _start(self, conversation_id: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self._answer_all(conversation_id))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _answer_all(self, conversation_id: str) -> None:
        """Answer what is unanswered in a conversation, in order, and wake who listens."""
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            try:
                while await self._answer_next(conversation_id):
                    self._wakeups.notify(conversation_id)
            except DatabaseUnavailable:
                logger.warning("a turn waits for the database; it is run again by `recover`")
        self._wakeups.notify(conversation_id, DESK)

    async def _answer_next(self, conversation_id: str) -> bool:
        """Run one turn whole. The second fault barrier: whatever fails, the visitor hears."""
        services = self._services
        loaded = await services.database.read(
            lambda c: turn_store.load_next(c, services.keys, conversation_id)
        )
        if loaded is None:
            return False
        current_services.set(services)
        try:
            await self._run(loaded)
        except DatabaseUnavailable:
            raise
        except Exception:
            logger.exception("a turn failed; the visitor got an apology")
            await self._apologise(loaded)
        return True

    async def _run(self, loaded: turn_store.Loaded) -> None:
        started = perf_counter()
        turn, outcome = await self._answer(loaded)
        try:
            await self._commit(turn, outcome, perf_counter() - started)
        except ConsentRefused:
            logger.warning("a permission could not be recorded; the turn is answered without it")
            turn, outcome = await self._answer(loaded, may_offer=False)
            await self._commit(turn, outcome, perf_counter() - started)

    async def _answer(
        self, loaded: turn_store.Loaded, *, may_offer: bool = True
    ) -> tuple[Turn, Outcome]:
        speech = self._listen(loaded)
        turn = self._turn(loaded, speech, may_offer=may_offer)
        outcome = await turn_language.answer(speech, turn, loaded, self._engine, self._services)
        return turn, await with_stop_offer(turn, outcome, self._services)

    def _listen(self, loaded: turn_store.Loaded) -> turn_language.Speech:
        return turn_language.listen(loaded, self._services.settings.languages)

    async def _apologise(self, loaded: turn_store.Loaded) -> None:
        turn = self._turn(loaded, self._listen(loaded), may_offer=False)
        turn.outcome = "failed"
        apology = self._services.texts.say(turn.language, "assistant.apology")
        state = loaded.state or {"slots": {}, "events": []}
        await self._commit(turn, Outcome((Reply(apology),), state), 0.0)

    def _turn(
        self, loaded: turn_store.Loaded, speech: turn_language.Speech, *, may_offer: bool
    ) -> Turn:
        payload = loaded.message.body.get("payload")
        pressed = chosen(loaded, self._services.texts) if payload is None else read_payload(payload)
        return Turn(
            conversation=loaded.conversation,
            message=loaded.message,
            now=self._services.clock.now(),
            may_offer=may_offer and self._may_offer,
            **turn_language.about_turn(speech, loaded, pressed),
        )

    async def _commit(self, turn: Turn, outcome: Outcome, seconds: float) -> None:
        def work(connection: Connection) -> None:
            if turn.effects:  # before any other row: else two withdrawals could wait in a ring
                take_ledger_lock(connection)
            if not turn_store.open_turn(connection, turn, seconds):
                return  # another run of this message has committed
            record_findings(connection, turn)
            for effect in turn.effects:
                effect.apply(connection, turn.now)
            erased = turn_store.finish_turn(connection, turn, outcome.state)
            for number, reply in enumerate(outcome.replies):
                self._add_reply(
                    connection,
                    turn.conversation.id,
                    turn.conversation.channel,
                    reply,
                    turn.id_for(f"reply/{number}"),
                    turn.now,
                    None if erased else turn.message.id,
                )
            for effect in turn.late_effects:
                effect.apply(connection, turn.now)

        await self._services.database.write(work)

    def _add_reply(
        self,
        connection: Connection,
        conversation_id: str,
        channel: str,
        reply: Reply,
        message_id: str,
        now: Any,
        in_reply_to: str | None,
    ) -> None:
        store.add_message(
            connection,
            message_id=message_id,
            conversation_id=conversation_id,
            author="assistant",
            text=reply.text,
            body=reply_body(reply, self._services.settings.base_url),
            channel=channel,
            now=now,
            in_reply_to=in_reply_to,
        )

    # -- what channels read ----------------------------------------------------------------

    async def messages_after(self, conversation_id: str, seq: int) -> list[dict[str, Any]]:
        """Return the messages after a cursor, as the outside sees them."""

        def work(connection: Connection) -> list[dict[str, Any]]:
            names = turn_store.staff_names(connection, conversation_id)
            messages = store.messages_after(connection, conversation_id, seq)
            return [message_json(message, names) for message in messages]

        return await self._services.database.read(work)

    async def replies_to(
        self, conversation_id: str, message: Message, *, with_disclosure: bool = False
    ) -> list[dict[str, Any]]:
        """Return what was replied to a message: its turn's replies, in order.

        After an erasure that is the one message left, which says so.
        """
        after = 0 if with_disclosure else message.seq
        shown = await self.messages_after(conversation_id, after)

        def replies(connection: Connection) -> set[int]:
            return {found.seq for found in store.replies_to(connection, message.id)}

        seqs = await self._services.database.read(replies)
        return [
            found
            for found in shown
            if found["seq"] in seqs or found["kind"] in {"disclosure", "erased"}
        ]

    async def state_of(self, conversation_id: str) -> dict[str, Any]:
        """Return status, the staff member's name and the place in line of a conversation."""
        now = self._services.clock.now()
        return await self._services.database.read(
            lambda c: turn_store.state_of(c, conversation_id, now)
        )

    # -- start and end ---------------------------------------------------------------------

    async def recover(self) -> int:
        """Run the turns that a crash left without a second commit; return how many messages."""
        waiting: Sequence[Message] = await self._services.database.read(store.unanswered)
        for conversation_id in dict.fromkeys(message.conversation_id for message in waiting):
            self._start(conversation_id)
        if waiting:
            logger.info("%d messages without an answer are run again", len(waiting))
        return len(waiting)

    async def close(self) -> None:
        """Wait for the turns that run."""
        await asyncio.gather(*self._running, return_exceptions=True)
