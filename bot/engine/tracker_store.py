"""Rasa's dialogue state, kept by us: read before a turn, written with the turn's one commit.

Rasa re-reads and re-featurises all events of a tracker in every turn. What it gets from here is
bounded: every slot, and the events of the last few turns; so turn 200 costs what turn 5 did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.events import deserialise_events as read_events
from rasa.shared.core.trackers import DialogueStateTracker

KEPT_TURNS = 3

State = Mapping[str, Any]
LISTEN = {"event": "action", "name": "action_listen"}


@dataclass
class Loaded:
    """The dialogue state of the running turn, as loaded and as Rasa left it."""

    before: State | None
    after: State | None = None


running: ContextVar[Loaded] = ContextVar("running_dialogue")


class TurnTrackerStore(TrackerStore):
    """Hands Rasa the state of the running turn and keeps what it saves in memory.

    The turn's second commit writes it, together with everything else the turn did.
    """

    def __init__(self) -> None:
        super().__init__(Domain.empty())

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        state = running.get().after or running.get().before
        if state is None:
            return None
        return to_tracker(sender_id, state, self.domain)

    async def save(self, tracker: DialogueStateTracker) -> None:
        running.get().after = to_state(tracker)


def to_state(tracker: DialogueStateTracker) -> State:
    """Return the bounded state of a tracker as JSON: its slots and its last turns."""
    slots = {
        name: slot.value for name, slot in tracker.slots.items() if slot.value != slot.initial_value
    }
    kept = [event for event in tracker.events if not isinstance(event, SlotSet)]
    events = [event.as_dict() for event in _last_turns(kept)]
    return {"slots": slots, "events": [_without_nlu_details(event) for event in events]}


def to_tracker(sender_id: str, state: State, domain: Domain) -> DialogueStateTracker:
    """Rebuild a tracker. Slots come last: a session start among the events resets them."""
    names = {slot.name for slot in domain.slots}
    slots = [SlotSet(name, value) for name, value in state["slots"].items() if name in names]
    events: list[Event] = [*read_events(list(state["events"])), *slots]
    return DialogueStateTracker.from_events(
        sender_id, evts=events, slots=domain.slots, domain=domain
    )


def listening(state: State) -> State:
    """Return a state in which the last turn has ended, as rules expect at the start of the next.

    A turn that Rasa broke off has left it otherwise, and no rule would ever fit again.
    """
    actions = [event for event in state["events"] if event["event"] == "action"]
    if actions and actions[-1]["name"] == LISTEN["name"]:
        return state
    return {**state, "events": [*state["events"], LISTEN]}


def _last_turns(events: Sequence[Event]) -> Sequence[Event]:
    """Cut before the action_listen that precedes the last few visitor messages."""
    starts = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(starts) <= KEPT_TURNS:
        return events
    return events[max(starts[-KEPT_TURNS] - 1, 0) :]


def _without_nlu_details(event: dict[str, Any]) -> dict[str, Any]:
    """Drop what no policy reads, so that a long message is not stored a second time."""
    if event.get("event") == "user":
        parse = event.get("parse_data", {})
        event["parse_data"] = {key: parse.get(key) for key in ("intent", "entities", "text")}
    if event.get("event") == "bot":
        event["text"], event["data"] = None, {}
    return event
