"""What an `utter_` action says: the words in `texts/assistant/`, else the response in the domain.

So a language needs no edit of `domain.yml`, and a domain that a Rasa developer brings still works.
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker

from bot.services import current_services, current_turn


class Responses(TemplatedNaturalLanguageGenerator):
    """Chooses a response by the language of the running turn."""

    def __init__(self) -> None:
        super().__init__({})  # the agent sets the domain's when a model is loaded

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """Return a response as Rasa's generators do; None if there is none of this name."""
        services, turn = current_services.get(None), current_turn.get(None)
        if services is not None and turn is not None:
            words = services.texts.own(turn.language).get(f"assistant.{utter_action}")
            if words is not None:
                organisation = services.settings.organisation
                return {"text": words.format(organisation=organisation)}
        found: dict[str, Any] | None = await super().generate(
            utter_action, tracker, output_channel, **kwargs
        )
        return found
