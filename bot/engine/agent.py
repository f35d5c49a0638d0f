"""Rasa's agent in this process: one turn in, replies and the new dialogue state out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage

from bot.conversation.needs import NOTHING
from bot.conversation.types import Button, Heard, Reply, Turn
from bot.engine.endpoint import InProcessActions, cache_result_validator, load_executor
from bot.engine.hearing import hear, understand, understand_all
from bot.engine.responses import Responses
from bot.engine.rules import first_actions, understand_words_only
from bot.engine.tracker_store import Loaded, State, TurnTrackerStore, listening, running
from bot.engine.understood import Understood
from bot.errors import AskfirstError, ModelUnavailable
from bot.redaction import redact
from bot.services import current_turn

T = TypeVar("T")
# What a message is stored without: its value goes to a contact point or nowhere.
PRIVATE_ENTITIES = frozenset({"email", "phone"})
NOTHING_ASKED = {"kind": NOTHING}
NEW_CONVERSATION: Sequence[Mapping[str, Any]] = (
    {"event": "action", "name": "action_session_start"},
    {"event": "session_started"},
    {"event": "action", "name": "action_listen"},
)


@dataclass(frozen=True)
class Outcome:
    """What the dialogue made of a turn: replies in order, and the state to store."""

    replies: tuple[Reply, ...]
    state: State


class TurnFailed(AskfirstError):
    """An action failed, or no rule made one run; the log says which before this."""

    code = "turn.failed"


class Replies(OutputChannel):
    """Collects what the dialogue says, in order."""

    def __init__(self) -> None:
        self.collected: list[Reply] = []

    @classmethod
    def name(cls) -> str:
        return "askfirst"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.collected.append(to_reply(message))


class Engine:
    """Understands and answers with one loaded model; `load` replaces it as a whole."""

    def __init__(self, organisation: str) -> None:
        cache_result_validator()
        self._organisation = organisation
        self._actions = InProcessActions(load_executor())
        self._agent: Agent | None = None
        self.model: str | None = None
        # one thread: the loop stays free, and the pipeline never meets itself
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="understanding")

    def load(self, model: Path) -> None:
        """Load a model beside the one in use, then switch. Turns that run go on with theirs."""
        agent = Agent.load(
            str(model),
            tracker_store=TurnTrackerStore(),
            action_endpoint=self._actions,
            generator=Responses(),
        )
        if not agent.is_ready():
            raise ModelUnavailable(
                f"The model {model.name} could not be loaded; run `askfirst train`."
            )
        understand_words_only(_processor(agent))
        hear(_processor(agent), "Hello. And how?", None)  # what is made at first use is made here
        self._agent, self.model = agent, model.name

    async def understand(self, text: str) -> Understood:
        """Return need, ranking and entities of a text, without dialogue."""
        return await self._in_thread(understand, text)

    async def understand_all(self, texts: Sequence[str]) -> list[Understood]:
        """Return what `understand` does, for many texts at once."""
        return await self._in_thread(understand_all, texts)

    async def hear(
        self, text: str, pending: Mapping[str, Any] | None = None
    ) -> tuple[Understood, Heard]:
        """Return the need a message is treated as, and what else it says."""
        return await self._in_thread(hear, text, pending)

    async def handle(self, turn: Turn, state: State | None) -> Outcome:
        """Run one turn: settle the need, let rules choose the actions, collect what they say.

        `turn.need`, `.confidence` and `.entities` are filled in; `turn.effects` grows.
        """
        agent = self._loaded()
        before = self._prepare(state, turn.language)
        turn.pending = before["slots"].get("pending_question")
        if turn.payload is None:
            understood, turn.heard = await self.hear(turn.words, turn.pending or NOTHING_ASKED)
        else:
            about = None if turn.about is None else await self.understand(turn.about)
            entities = about.entities if about else ()
            understood = Understood(turn.payload.need, 1.0, (), entities)
        turn.need, turn.confidence = understood.need, understood.confidence
        turn.entities = understood.entities
        loaded = Loaded(before)
        running.set(loaded)
        current_turn.set(turn)
        output = Replies()
        await _processor(agent).handle_message(_to_rasa(turn, understood, output))
        if turn.failed or not output.collected:
            raise TurnFailed(f"the dialogue failed or said nothing for need {turn.need}")
        return Outcome(tuple(output.collected), _with_slot(loaded.after or before, turn.asks))

    def _prepare(self, state: State | None, language: str) -> State:
        new: State = {"slots": {}, "events": NEW_CONVERSATION}
        before = listening(state) if state and state["events"] else new
        fixed = {"language": language, "organisation": self._organisation}
        return {**before, "slots": {**before["slots"], **fixed}}

    def first_actions(self, needs: Iterable[str]) -> dict[str, str]:
        """Return what the rules do first for each need, at a conversation's start."""
        return first_actions(_processor(self._loaded()), needs)

    async def _in_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        processor = _processor(self._loaded())
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, work, processor, *arguments)

    def _loaded(self) -> Agent:
        if self._agent is None:
            raise ModelUnavailable("No model is loaded yet; run `askfirst train`.")
        return self._agent


def to_reply(message: Mapping[str, Any]) -> Reply:
    """Turn what Rasa sends to a channel into a reply; `custom` carries what text cannot."""
    custom = message.get("custom") or {}
    buttons = tuple(
        Button(str(button["title"]), str(button["payload"]))
        for button in message.get("buttons") or ()
    )
    return Reply(
        text=str(message.get("text") or custom.get("text") or ""),
        kind=str(custom.get("kind", "text")),
        buttons=buttons,
        data={key: value for key, value in custom.items() if key not in {"kind", "text"}},
    )


def _processor(agent: Agent) -> Any:
    return agent.processor


def _with_slot(state: State, asks: Mapping[str, Any] | None) -> State:
    """Keep as pending what this turn asked and nothing older: a later "yes" is no answer to it."""
    return {**state, "slots": {**state["slots"], "pending_question": asks}}


def _to_rasa(turn: Turn, understood: Understood, output: OutputChannel) -> UserMessage:
    text = turn.message.text
    entities = [
        dict(found) for found in understood.entities if found["entity"] not in PRIVATE_ENTITIES
    ]
    parse = {
        "text": text,
        "intent": {"name": understood.need, "confidence": understood.confidence},
        "intent_ranking": list(understood.ranking)[:3],
        "entities": [{**found, "value": redact(str(found["value"]))} for found in entities],
    }
    return UserMessage(
        text,
        output,
        turn.conversation.id,
        parse_data=parse,
        input_channel=turn.conversation.channel,
        message_id=turn.message.id,
    )
