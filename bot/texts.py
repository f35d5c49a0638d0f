"""Interface words: `texts/<face>/<language>.yml`, flat keys; English fills what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bot.errors import SettingsError

FALLBACK = "en"
WORDS = "words"  # what visitors say, in lists; `bot/words.py` reads it
# The same safe loader in C where PyYAML was built with it: ten times faster at every start.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Texts:
    """The words of every face (widget, help centre, desk, mails) in every language."""

    def __init__(self, own: Mapping[str, Mapping[str, str]]) -> None:
        self._own = own
        english = own[FALLBACK]
        self._by_language = {code: {**english, **words} for code, words in own.items()}

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._by_language)

    def get(self, language: str) -> Mapping[str, str]:
        """Return all words of a language; a key it lacks has the English words."""
        return self._by_language.get(language, self._by_language[FALLBACK])

    def own(self, language: str) -> Mapping[str, str]:
        """Return the words that a language has by itself."""
        return self._own.get(language, {})

    def say(self, language: str, key: str, **values: object) -> str:
        """Return one sentence with its placeholders filled."""
        return self.get(language)[key].format(**values)


def load_texts(project_dir: Path, languages: Sequence[str]) -> Texts:
    """Read the interface words of every language.

    Raises `SettingsError` naming the file (and line) that cannot be read.
    """
    folders = sorted(
        path for path in (project_dir / "texts").iterdir() if path.is_dir() and path.name != WORDS
    )
    return Texts({code: _load(folders, code) for code in dict.fromkeys((FALLBACK, *languages))})


def _load(folders: Sequence[Path], language: str) -> dict[str, str]:
    words: dict[str, str] = {}
    for folder in folders:
        path = folder / f"{language}.yml"
        if path.exists():
            words.update(_read(path))
    return words


def _read(path: Path) -> dict[str, str]:
    name = f"texts/{path.parent.name}/{path.name}"
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER) or {}  # noqa: S506
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{name}:{line}: {error.problem}", field=name) from error
    if not isinstance(content, dict):
        raise SettingsError(f"{name}:1: write `key: words` lines", field=name)
    return {str(key): str(value) for key, value in content.items()}
