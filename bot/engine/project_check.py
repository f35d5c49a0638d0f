"""What must be right in a project's files before anything is trained on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.conversation.needs import ACTING, ANSWERS, FALLBACK
from bot.engine.labelled import language_of
from bot.engine.yaml_file import Node, read_yaml, wrong, yaml_files

# What Rasa reads below `data`; `entities` holds words of ours (`entity_words`).
KEYS = ("nlu", "rules", "stories")
OWN = "entities"
# Intents that a rule may name without the domain: Rasa makes them itself.
RASAS = frozenset({"restart", "back", "session_start", "out_of_scope", FALLBACK})
LAST_RESORT = "action_default_fallback"
RULES = Path("data") / "rules.yml"


@dataclass(frozen=True)
class _Files:
    """What stands in a project: the domain, and the intents that examples and rules name."""

    domain: Node
    examples: Sequence[Node]
    ruled: Sequence[Node]


def check_project(project_dir: Path, languages: Sequence[str]) -> None:
    """Raise `BadInput` for the first thing that would train badly, as `FILE:LINE: ...`.

    Every file below `data` has examples or rules in it; every intent of an example and of a rule
    is a need of the domain; every need has examples in the first language, and a rule or a last
    resort that searches. Needs on which the assistant acts must have a rule of their own.
    """
    _check_config(read_yaml(project_dir / "config.yml"))
    domain = read_yaml(project_dir / "domain.yml")
    needs = {str(_name(one).text): _name(one) for one in _needs(domain)}
    files = [read_yaml(path) for path in _data_files(project_dir)]
    for file in files:
        _check_file(file)
    found = _Files(
        domain, [one for file in files for one in _of_examples(file)],
        [one for file in files for one in _of_rules(file)],
    )  # fmt: skip
    if not found.ruled:
        raise wrong(project_dir / RULES, 1, "there is no rule; every need wants one")
    _check_intents(found, needs)
    _check_needs(found, needs, project_dir / "data", languages)


def _check_config(config: Node) -> None:
    for key in ("pipeline", "policies"):
        entries = config.at(key)
        if entries is None or not entries.items():
            raise wrong(config.path, entries.line if entries else 1, f"list components in {key}")
        for entry in entries.items():
            if entry.at("name") is None:
                raise entry.wrong(f"every entry of {key} is a component's `name`")


def _needs(domain: Node) -> Sequence[Node]:
    intents = domain.at("intents")
    if intents is None or not intents.items():
        raise wrong(domain.path, intents.line if intents else 1, "list the needs in intents")
    return intents.items()


def _name(intent: Node) -> Node:
    """Return an intent's name; the domain may write it as the key of its options."""
    return next((key for key, _ in intent.pairs()), intent)


def _data_files(project_dir: Path) -> list[Path]:
    data = project_dir / "data"
    return [path for path in yaml_files(data) if path.relative_to(data).parts[0] != OWN]


def _check_file(file: Node) -> None:
    named = [value for key, value in file.pairs() if key.text in KEYS]
    if not named:
        raise file.wrong(f"write one of {', '.join(KEYS)} and what belongs to it")
    for value in named:
        if not value.items():
            raise value.wrong("this list is empty")


def _of_examples(file: Node) -> Iterator[Node]:
    for block in (file.at("nlu") or file).items():
        intent, examples = block.at("intent"), block.at("examples")
        if intent is None:
            continue  # a synonym, a lookup table or a regex
        if examples is None or not (examples.items() or (examples.text or "").strip()):
            raise intent.wrong(f"{intent.text} has no examples here")
        yield intent


def _of_rules(file: Node) -> Iterator[Node]:
    for key in ("rules", "stories"):
        entries = file.at(key)
        for entry in entries.items() if entries else ():
            steps = entry.at("steps")
            if steps is None or not steps.items():
                raise entry.wrong("this has no steps")
            for step in steps.items():
                choices = step.at("or")
                for one in choices.items() if choices else [step]:
                    intent = one.at("intent")
                    if intent is not None:
                        yield intent


def _check_intents(found: _Files, needs: dict[str, Node]) -> None:
    for intent in found.examples:
        if _need(intent) not in needs:
            raise intent.wrong(
                f"{intent.text} is no need of domain.yml; name it there under intents,"
                f" and give it a rule in {RULES}"
            )
    for intent in found.ruled:
        if _need(intent) not in needs and _need(intent) not in RASAS:
            raise intent.wrong(f"{intent.text} is no need of domain.yml")


def _check_needs(
    found: _Files, needs: dict[str, Node], data: Path, languages: Sequence[str]
) -> None:
    first = languages[0]
    said = {_need(one) for one in found.examples if language_of(one.path, data, languages) == first}
    ruled = {_need(one) for one in found.ruled}
    actions = found.domain.at("actions")
    last = any(one.text == LAST_RESORT for one in (actions.items() if actions else ()))
    for need, place in needs.items():
        if need not in said and need != FALLBACK:
            raise place.wrong(f"{need} has no examples in the first language, {first}")
        if need in ruled:
            continue
        if need in ACTING | ANSWERS:
            raise place.wrong(f"{need} has no rule in {RULES}; without one it would be ignored")
        if not last:
            raise place.wrong(
                f"{need} has no rule in {RULES}; give it one, or list {LAST_RESORT} in actions:"
                " then it is searched for"
            )


def _need(intent: Node) -> str:
    """Return the need of an intent; Rasa writes `need/answer` for one with several answers."""
    return str(intent.text).partition("/")[0]
