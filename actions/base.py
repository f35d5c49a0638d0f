"""What every action of ours shares: the turn it is in, the words to say, the parts to read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.conversation.types import Button, Source, Turn
from bot.services import Services, current_services, current_turn


class Talk:
    """One action's view of its turn: what it may read, and how it speaks."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        self.dispatcher = dispatcher
        self.tracker = tracker
        self.turn: Turn = current_turn.get()
        self.services: Services = current_services.get()

    def words(self, key: str, **values: object) -> str:
        """Return the assistant's words for a key, in the turn's language."""
        values.setdefault("organisation", self.services.settings.organisation)
        return self.services.texts.say(self.turn.language, f"assistant.{key}", **values)

    def say(
        self,
        text: str,
        *,
        kind: str = "text",
        buttons: Sequence[Button] = (),
        sources: Sequence[Source] = (),
        **data: Any,
    ) -> None:
        """Add a reply. `text` is Markdown; `data` travels with it to the channels."""
        self.dispatcher.utter_message(
            text=text,
            buttons=[{"title": button.title, "payload": button.payload} for button in buttons],
            json_message={
                "kind": kind,
                "sources": [source.as_json() for source in sources],
                **data,
            },
        )

    def say_words(
        self, key: str, *, kind: str = "text", person: bool = False, **values: object
    ) -> None:
        """Add a reply in the assistant's words; `person` puts "talk to a person" under it."""
        buttons = (self.person_button(),) if person else ()
        self.say(self.words(key, **values), kind=kind, buttons=buttons)

    def person_button(self) -> Button:
        return Button(self.words("person_button"), "/ask_person")

    @property
    def pressed_question(self) -> str | None:
        """The id of the question whose button was pressed, if one was."""
        return self.turn.payload.question if self.turn.payload else None

    @property
    def method(self) -> str:
        """How the visitor answered, as the ledger writes it."""
        return "button" if self.turn.payload else "typed_reply"

    def entity(self, name: str) -> str | None:
        """Return the value of the first entity of this name in the visitor's message."""
        for found in self.turn.entities:
            if found["entity"] == name:
                return str(found["value"])
        return None


class AskfirstAction(Action, ABC):
    """An action that replies through `Talk` and leaves Rasa's events alone."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        await self.reply(Talk(dispatcher, tracker))
        return []

    @abstractmethod
    async def reply(self, talk: Talk) -> None:
        """Say something, and add what shall happen to `talk.turn.effects`."""
