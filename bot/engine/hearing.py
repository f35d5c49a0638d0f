"""Understanding a message: whole, and clause by clause, with one run of Rasa's pipeline.

These functions take tens of milliseconds for a long mail; the engine runs them in a thread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation.needs import FALLBACK
from bot.conversation.types import Heard
from bot.engine.clauses import calm, clauses_of, prose_of
from bot.engine.routing import Part, route
from bot.engine.understood import Understood
from bot.plain_text import normalise

LONG_WORD = re.compile(r"\S{80}(?=\S)")


def hear(processor: Any, text: str, pending: Mapping[str, Any] | None) -> tuple[Understood, Heard]:
    """Return the need a message is treated as, and what else it says.

    However long it is, at most a dozen of its clauses are looked at. What is found in it
    (entities) is found in the text as it was written.
    """
    text = normalise(text)
    prose = prose_of(text)
    clauses = clauses_of(_breakable(prose))
    texts = [_readable(prose), *(_readable(clause.text) for clause in clauses)]
    changed = texts[0] != _breakable(text)
    whole, *others = _run(processor, [*texts, _breakable(text)] if changed else texts)
    if changed:
        whole = replace(whole, entities=others.pop().entities)
    parts = [
        Part(clause.text, clause.sentence, understood)
        for clause, understood in zip(clauses, others, strict=True)
    ]
    if prose != text and not parts:  # one question above a log: the log is not searched for
        parts = [Part(prose, True, whole)]
    return route(whole, parts, text=text, pending=pending)


def understand(processor: Any, text: str) -> Understood:
    """Return need, ranking and entities of a text by itself."""
    return _run(processor, [_readable(normalise(text))])[0]


def understand_all(processor: Any, texts: Sequence[str]) -> list[Understood]:
    """Do what `understand` does for many texts at once, which takes a fifth of the time."""
    return _run(processor, [_readable(normalise(text)) for text in texts])


def _run(processor: Any, texts: Sequence[str]) -> list[Understood]:
    """Run the pipeline over several texts at once; Rasa's own call takes one."""
    target = processor.model_metadata.nlu_target
    results = processor.graph_runner.run(
        inputs={
            PLACEHOLDER_MESSAGE: [UserMessage(text) for text in texts],
            PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("understanding", []),
        },
        targets=[target],
    )
    return [
        _understood(message.as_dict(only_output_properties=True)) for message in results[target]
    ]


def _understood(parse: Mapping[str, Any]) -> Understood:
    intent = parse.get("intent") or {}
    ranking = [item for item in parse.get("intent_ranking", ()) if item["name"] != FALLBACK]
    need, confidence = intent.get("name") or FALLBACK, float(intent.get("confidence") or 0.0)
    return Understood(need, confidence, ranking, parse.get("entities", ()))


def _readable(text: str) -> str:
    """Return a text as the pipeline can take it: calm, breakable, and never read as a payload."""
    return _breakable(calm(text)).lstrip("/ ") or text


def _breakable(text: str) -> str:
    """Put a space into endless words: what spaCy does to punctuation is quadratic in its length."""
    return LONG_WORD.sub(r"\g<0> ", text)
