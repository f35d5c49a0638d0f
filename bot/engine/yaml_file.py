"""YAML files of a project, read with the line each thing stands on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.errors import BadInput

# The same safe loader in C where PyYAML was built with it: ten times faster.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


ENDINGS = frozenset({".yml", ".yaml"})


@dataclass(frozen=True)
class Node:
    """A part of a file. What it is not (no mapping, no list) is empty."""

    path: Path
    yaml: yaml.Node

    @property
    def line(self) -> int:
        return int(self.yaml.start_mark.line) + 1

    @property
    def text(self) -> str | None:
        """Return a single value; None for a mapping or a list, and for nothing."""
        found = self.yaml.value if isinstance(self.yaml, yaml.ScalarNode) else ""
        return str(found) or None

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Yield the keys of a mapping with what they name."""
        if isinstance(self.yaml, yaml.MappingNode):
            for key, value in self.yaml.value:
                yield Node(self.path, key), Node(self.path, value)

    def at(self, name: str) -> Node | None:
        """Return what a key names; None if the key is not there."""
        return next((value for key, value in self.pairs() if key.text == name), None)

    def items(self) -> Sequence[Node]:
        """Return the entries of a list."""
        found = self.yaml.value if isinstance(self.yaml, yaml.SequenceNode) else []
        return [Node(self.path, one) for one in found]

    def wrong(self, message: str) -> BadInput:
        """Return the error that names this file and line."""
        return wrong(self.path, self.line, message)


def yaml_files(folder: Path) -> list[Path]:
    """Return every YAML file below a folder, in a fixed order."""
    return sorted(path for path in folder.rglob("*.y*ml") if path.suffix in ENDINGS)


def read_yaml(path: Path) -> Node:
    """Read a file; raise `BadInput` naming file and line if it cannot be, or holds nothing."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=LOADER)
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}"
        raise BadInput(message, field=path.name) from error
    except UnicodeDecodeError as error:
        raise wrong(path, 1, "save the file as UTF-8 text") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, problem = mark.line + 1 if mark else 1, error.problem or error.context
        raise wrong(path, line, f"this is no YAML: {problem}") from error
    except yaml.YAMLError as error:
        raise wrong(path, 1, "this is no YAML: it holds characters that no text has") from error
    if root is None:
        raise wrong(path, 1, "this file is empty")
    return Node(path, root)


def wrong(path: Path, line: int, message: str) -> BadInput:
    """Return an error of the usual form, `FILE:LINE: MESSAGE`."""
    return BadInput(f"{path}:{line}: {message}", field=f"{path.name}:{line}")
