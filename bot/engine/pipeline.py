"""The `pipeline` of `config.yml`, trained and asked in memory.

Components are made, trained and loaded as Rasa does it, without its graph, its cache and its
fingerprints, which take longer than the training itself when there are thousands of examples.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import BadInput, SettingsError

OUT_OF_SCOPE = "out_of_scope"
NOT_KNOWN = frozenset({OUT_OF_SCOPE, "nlu_fallback"})
BATCH = 256

Types = DefaultV1Recipe.ComponentType


@dataclass(frozen=True)
class Understood:
    """What a pipeline makes of a message.

    `need` is its decision, `best` the likeliest need when "none of them" is left out ("" if
    there is none), `known` the probability from 0 to 1 that it is any of the needs.
    """

    need: str
    best: str
    known: float


@dataclass(frozen=True)
class _Step:
    """A component that was named in the configuration, with the options it is made with."""

    kind: Any
    name: str
    config: dict[str, Any]

    def is_a(self, *types: Any) -> bool:
        return bool(self.kind.types.intersection(types))

    def made(self, storage: ModelStorage, *, trained: bool = False) -> Any:
        make = self.kind.clazz.load if trained else self.kind.clazz.create
        context = ExecutionContext(GraphSchema({}), node_name=f"train_{self.name}")
        return make(self.config, storage, Resource(f"train_{self.name}"), context)


class Pipeline:
    """A trained pipeline. Make it with `train`; it needs its folder no longer than that."""

    def __init__(self, parts: Sequence[tuple[_Step, Any]], models: Mapping[str, Any]) -> None:
        self._parts = parts
        self._models = models

    @classmethod
    def train(
        cls,
        config: Path,
        examples: Sequence[tuple[str, str]],
        *,
        folder: Path,
        options: Mapping[str, Any] | None = None,
    ) -> Pipeline:
        """Train on texts and their needs; `folder` (empty) is where components keep their files.

        `options` replace those of the components that have them. Raises `SettingsError` for a
        configuration that cannot be used, `BadInput` for an option that no component has.
        """
        storage = LocalModelStorage.create(folder)
        data = TrainingData([_message(text, need) for text, need in examples])
        parts: list[tuple[_Step, Any]] = []
        models: dict[str, Any] = {}
        for step in _steps(config, options or {}):
            component = step.made(storage)
            if step.is_a(Types.MODEL_LOADER):
                models[step.kind.clazz.__name__] = component.provide()
            if step.kind.is_trainable:
                _call(component.train, step, models, training_data=data)
                component = step.made(storage, trained=True)
            if step.is_a(Types.MESSAGE_TOKENIZER, Types.MESSAGE_FEATURIZER):
                data = _call(component.process_training_data, step, models, training_data=data)
            parts.append((step, component))
        return cls(parts, models)

    def understand(self, texts: Sequence[str]) -> list[Understood]:
        """Return what the pipeline makes of each text."""
        return [
            _understood(message)
            for start in range(0, len(texts), BATCH)
            for message in self._processed(texts[start : start + BATCH])
        ]

    def _processed(self, texts: Sequence[str]) -> list[Message]:
        messages = [Message(data={TEXT: text}) for text in texts]
        for step, component in self._parts:
            if hasattr(component, "process"):
                messages = _call(component.process, step, self._models, messages=messages)
        return messages


def _message(text: str, need: str) -> Message:
    # not `Message.build`, which takes "a/b" for a need with a response of its own
    return Message(data={TEXT: text, INTENT: need})


def _call(method: Any, step: _Step, models: Mapping[str, Any], **given: Any) -> Any:
    """Call with the language model of the component's kind, if it takes one, as Rasa does."""
    if "model" in inspect.signature(method).parameters and step.kind.model_from in models:
        given["model"] = models[step.kind.model_from]
    return method(**given)


def made_alone(config: Path, number: int, entry: Mapping[str, Any], folder: Path) -> None:
    """Make one component with the options of its entry, as a training would, and drop it.

    Raises `SettingsError` if there is no such component, and whatever it raises itself.
    """
    step = _step(config, number, dict(entry))
    validate = getattr(step.kind.clazz, "validate_config", None)  # policies have none
    if validate is not None:
        validate(step.config)
    step.made(LocalModelStorage.create(folder))


def _steps(config: Path, options: Mapping[str, Any]) -> list[_Step]:
    steps = [_step(config, number, dict(entry)) for number, entry in enumerate(_entries(config))]
    for name, value in options.items():
        having = [step for step in steps if name in step.config]
        if not having:
            raise BadInput(f"no component of {config.name} has the option {name}", field=name)
        for step in having:
            step.config[name] = value
    return steps


def _entries(config: Path) -> Iterator[Mapping[str, Any]]:
    try:
        entries = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
        yield from ({**entry, "name": str(entry["name"])} for entry in entries)
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError) as error:
        message = f"{config} names no pipeline that can be read"
        raise SettingsError(message, field=config.name) from error


def _step(config: Path, number: int, entry: dict[str, Any]) -> _Step:
    name = entry.pop("name")
    try:
        # Rasa has no other way to a component that is named as in `config.yml`.
        kind = DefaultV1Recipe._from_registry(name)
    except (RasaException, ImportError) as error:
        message = f"{config}: the component {name} is not there"
        raise SettingsError(message, field=config.name) from error
    return _Step(kind, f"{name}{number}", {**kind.clazz.get_default_config(), **entry})


def _understood(message: Message) -> Understood:
    ranking = [one for one in message.get("intent_ranking") or () if one["name"] not in NOT_KNOWN]
    nothing: dict[str, Any] = {"name": "", "confidence": 0.0}
    best = max(ranking, key=lambda one: one["confidence"], default=nothing)
    known = message.get("known")
    return Understood(
        need=str((message.get(INTENT) or {}).get("name") or "nlu_fallback"),
        best=str(best["name"]),
        known=float(best["confidence"] if known is None else known),
    )
