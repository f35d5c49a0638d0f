"""Reads training examples: Rasa's NLU YAML, or CSV where a file of somebody else's is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import rasa.shared.data
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.formats import RasaYAMLReader

from bot.engine.labelled import Labelled, language_of, read_csv
from bot.engine.yaml_file import ENDINGS
from bot.errors import BadInput


def read_labelled(source: Path, language: str) -> list[Labelled]:
    """Read CSV or, by its ending, Rasa NLU YAML; `language` is taken where the file names none.

    Raises `BadInput` with file and line for what cannot be read, and for no row at all.
    """
    if source.suffix.lower() not in ENDINGS:
        return read_csv(source, language)
    rows = _from_yaml(source, language)
    if not rows:
        raise BadInput(f"{source}: there is no example with a need", field=source.name)
    return rows


def read_examples(data: Path, languages: Sequence[str]) -> list[Labelled]:
    """Read every example with a need below a project's `data`; `language_of` says its language."""
    found = rasa.shared.data.get_data_files([str(data)], rasa.shared.data.is_nlu_file)
    rows: list[Labelled] = []
    for path in sorted(Path(name) for name in found):
        rows += _from_yaml(path, language_of(path, data, languages))
    if not rows:
        raise BadInput(f"{data}: there is no example with a need", field="data")
    return rows


def in_one_line(error: BaseException) -> str:
    """Return what Rasa found wrong, with its file and line, without its web addresses."""
    lines = (line.strip() for line in str(error).splitlines())
    return " ".join(line for line in lines if line and "http" not in line and line != "^")


def _from_yaml(source: Path, language: str) -> list[Labelled]:
    try:
        data = RasaYAMLReader().read(str(source))
    except RasaException as error:
        found = in_one_line(error)
        named = found if str(source) in found else f"{source}: {found}"
        raise BadInput(named, field=source.name) from error
    except (OSError, ValueError) as error:  # also what is not UTF-8
        raise BadInput(f"{source} cannot be read as Rasa NLU YAML", field=source.name) from error
    return [
        Labelled(str(message.get(TEXT)), str(message.get(INTENT)), language)
        for message in data.intent_examples
        if message.get(TEXT)
    ]
