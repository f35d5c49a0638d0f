"""What visitors say in plain words, by language: `texts/words/<language>.yml`.

Yes, stop, the words around an address or a secret, and how a language is asked for. They are
lists, not training data: what follows from them must not follow from a guess. All languages
count at once, because a visitor may say "stop" in any of them. `others.yml` has how languages
without a file ask for a language.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.settings import PROJECT_DIR
from bot.texts import LOADER, WORDS

logger = logging.getLogger(__name__)

LANGUAGE = "{language}"


@dataclass(frozen=True)
class Words:
    """One language's lists, each named as its key in the file; every entry is in lower case.

    `wishes` and `wish_openings` hold `{language}` where a language is named.
    """

    plain_yes: tuple[str, ...] = ()
    plain_stop: tuple[str, ...] = ()
    stop_words: tuple[str, ...] = ()
    contact_words: tuple[str, ...] = ()
    erase_words: tuple[str, ...] = ()
    erase_objects: tuple[str, ...] = ()
    show_words: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    reach_words: tuple[str, ...] = ()
    person_words: tuple[str, ...] = ()
    machine_words: tuple[str, ...] = ()
    wish_words: tuple[str, ...] = ()
    anew_words: tuple[str, ...] = ()
    plain_no: tuple[str, ...] = ()
    plain_unsure: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    place_words: tuple[str, ...] = ()
    address_leads: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    secret_names: tuple[str, ...] = ()
    secret_links: tuple[str, ...] = ()
    no_secrets: tuple[str, ...] = ()
    code_names: tuple[str, ...] = ()
    no_topic: tuple[str, ...] = ()
    politeness: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()
    wish_openings: tuple[str, ...] = ()
    joining: tuple[str, ...] = ()
    negations: tuple[str, ...] = ()
    language_names: Mapping[str, str] = field(default_factory=dict)


LISTS = tuple(each.name for each in fields(Words) if each.name != "language_names")
_in_use: Mapping[str, Words] | None = None


def use_words(project_dir: Path, languages: Sequence[str] = ()) -> Mapping[str, Words]:
    """Read every language's words in a project and use them in this process from now on.

    A language among `languages` that has no words is logged.
    """
    global _in_use  # one project a process; redaction is called from everywhere
    _in_use = load_words(project_dir)
    for language in languages:
        if language not in _in_use:
            problem = "no texts/words/%s.yml: a typed yes or stop is not understood in it"
            logger.warning(problem, language)
    return _in_use


def words_in_use() -> Mapping[str, Words]:
    """Return the words by language; without `use_words` before, those that are shipped."""
    return _in_use if _in_use is not None else use_words(PROJECT_DIR)


def all_of(name: str) -> tuple[str, ...]:
    """Return a list's entries in all languages, without repetitions."""
    lists = (getattr(words, name) for words in words_in_use().values())
    return tuple(dict.fromkeys(chain.from_iterable(lists)))


def load_words(project_dir: Path) -> Mapping[str, Words]:
    """Read `texts/words/*.yml`, by language; what a project lacks is there as it is shipped.

    Raises `SettingsError` naming file and line, or file and key, of what cannot be used.
    """
    # without the shipped words a project of one's own would store passwords and miss a stop
    folders = [folder / "texts" / WORDS for folder in (PROJECT_DIR, project_dir)]
    paths = {path.stem: path for folder in folders for path in sorted(folder.glob("*.yml"))}
    return {language: _read(path) for language, path in paths.items()}


def _read(path: Path) -> Words:
    name = f"texts/{WORDS}/{path.name}"
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{name}:{line}: {error.problem}", field=name) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SettingsError(f"{name} cannot be read as UTF-8 text", field=name) from error
    if not isinstance(content, dict):
        raise SettingsError(f"{name}:1: write `key:` and a list of words below it", field=name)
    return _checked(name, content)


def _checked(name: str, content: Mapping[Any, Any]) -> Words:
    known = (*LISTS, "language_names")
    for key in content:
        if key not in known:
            problem = f"{name}: unknown key `{key}`; write one of {', '.join(known)}"
            raise SettingsError(problem, field=name)
    lists = {key: _entries(name, key, content.get(key) or []) for key in LISTS}
    return Words(**lists, language_names=_names(name, content.get("language_names") or {}))


def _entries(name: str, key: str, entries: Any) -> tuple[str, ...]:
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise SettingsError(f"{name}: `{key}` must be a list of words", field=name)
    for entry in entries:
        # YAML reads a bare yes, no or number as something else
        if not isinstance(entry, str) or not entry.strip():
            raise SettingsError(f"{name}: `{key}`: put `{entry}` between quotes", field=name)
        if key in {"wishes", "wish_openings"} and entry.count(LANGUAGE) != 1:
            problem = f"{name}: `{key}`: `{entry}` must name {LANGUAGE} once"
            raise SettingsError(problem, field=name)
    return tuple(entry.strip().lower() for entry in entries)


def _names(name: str, names: Any) -> Mapping[str, str]:
    if not isinstance(names, Mapping):
        problem = f"{name}: `language_names` must be lines like `dutch: nl`"
        raise SettingsError(problem, field=name)
    for word, code in names.items():
        if not isinstance(word, str) or not isinstance(code, str):  # `norwegian: no` is false
            problem = f"{name}: `language_names`: put `{word}: {code}` between quotes"
            raise SettingsError(problem, field=name)
    return {word.lower(): code for word, code in names.items()}
