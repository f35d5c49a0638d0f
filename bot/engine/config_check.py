"""Every component of `config.yml` is made once, so that what is wrong is said with its line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.exceptions import RasaException

from bot.engine.pipeline import made_alone
from bot.engine.tensorflow_absent import TensorFlowAbsent
from bot.engine.yaml_file import Node, read_yaml
from bot.errors import AskfirstError, SettingsError


def check_components(config: Path) -> None:
    """Raise `BadInput` with file, line and component for the first one that cannot be made.

    It loads what components load, encoders too: it is for the training process, which needs
    them anyway.
    """
    for number, (place, entry) in enumerate(_entries(read_yaml(config))):
        try:
            with tempfile.TemporaryDirectory(prefix="askfirst-") as folder:
                made_alone(config, number, entry, Path(folder))
        except SettingsError as error:
            raise place.wrong(f"there is no component {entry['name']}") from error
        except (AskfirstError, RasaException, TensorFlowAbsent, TypeError, ValueError) as error:
            raise place.wrong(f"{entry['name']}: {' '.join(str(error).split())}") from error


def _entries(config: Node) -> Iterator[tuple[Node, dict[str, Any]]]:
    content = yaml.safe_load(config.path.read_text(encoding="utf-8-sig"))
    for key in ("pipeline", "policies"):
        nodes = config.at(key)
        yield from zip(nodes.items() if nodes else (), content[key], strict=True)
