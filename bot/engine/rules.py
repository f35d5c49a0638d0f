"""What a loaded model's rules do, and what of a message Rasa may read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.constants import PLACEHOLDER_TRACKER
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.errors import ModelUnavailable

SLASH_NODE = f"run_{RegexMessageHandler.__name__}"


def understand_words_only(processor: Any) -> None:
    """Leave the step out that reads `/need{...}` at the end of every Rasa pipeline.

    Payloads are ours (`conversation.payloads`) and never get here; what does is a visitor's
    words, and that step writes those it cannot read into warnings.
    """
    metadata = processor.model_metadata
    node = metadata.predict_schema.nodes.get(SLASH_NODE)
    if node is None:
        raise ModelUnavailable("The model has no pipeline; run `askfirst train`.")
    processor.model_metadata = replace(metadata, nlu_target=node.needs["messages"])


def first_actions(processor: Any, needs: Iterable[str]) -> dict[str, str]:
    """Return the action that is predicted for each need when it opens a conversation."""
    return {need: _first_action(processor, need) for need in sorted(needs)}


def _first_action(processor: Any, need: str) -> str:
    domain: Domain = processor.domain
    tracker = DialogueStateTracker.from_events(
        "rules",
        [
            ActionExecuted("action_session_start"),
            SessionStarted(),
            ActionExecuted("action_listen"),
            UserUttered("", {"name": need, "confidence": 1.0}),
        ],
        slots=domain.slots,
        domain=domain,
    )
    target = processor.model_metadata.core_target
    found = processor.graph_runner.run(inputs={PLACEHOLDER_TRACKER: tracker}, targets=[target])
    prediction: PolicyPrediction = found[target]
    return str(domain.action_names_or_texts[prediction.max_confidence_index])
