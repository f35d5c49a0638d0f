"""The floors of the program, read from its source: who imports whom, and how big things get."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from bot.settings import PROJECT_DIR

# Lowest first. A module imports from its own package and from lower floors, never from a
# neighbour on its floor. The longest name that fits a module says where it lives.
FLOORS: tuple[tuple[str, ...], ...] = (
    # `bot` itself holds the version and no imports
    ("bot", "bot.errors", "bot.clock", "bot.plain_text"),
    ("bot.settings", "bot.keys", "bot.texts"),
    ("bot.database", "bot.words", "bot.nlu.encoder"),
    # The nouns stand below the packages that pass them around: knowledge returns a `Source`,
    # and `conversation.render` turns a reply's Markdown into a tree with knowledge's renderer.
    (
        "bot.conversation.payloads",
        "bot.conversation.plain_answers",
        "bot.redaction",
        "bot.days",
        "bot.entity_words",
        "bot.intake",
    ),
    ("bot.conversation.types",),
    ("bot.knowledge",),
    ("bot.conversation", "bot.consent", "bot.opening"),
    ("bot.follow_ups", "bot.handoff", "bot.staff"),
    ("bot.transcripts", "bot.privacy", "bot.retention"),
    ("bot.services",),
    ("actions", "bot.nlu", "bot.engine"),
    ("bot.turn_store", "bot.findings"),
    ("bot.turn_language", "bot.turn_wishes"),
    ("bot.turns",),
    ("bot.web_keys",),
    ("bot.web_barrier", "bot.web_body", "bot.web_guard"),
    (
        "bot.channels",
        "bot.help_centre",
        "bot.desk",
        "bot.widget",
        "bot.pages",
        "bot.operations",
    ),
    ("bot.background",),
    ("bot.web",),
    ("bot.assembly", "bot.serving"),
    ("bot.cli",),
)
HEIGHT = {name: height for height, floor in enumerate(FLOORS) for name in floor}

RASA_HOMES = ("bot.engine", "bot.nlu")
SDK_HOMES = ("actions", "bot.engine")  # the engine runs the SDK's executor in this process

MOST_LINES = 400
MOST_BODY_LINES = 40
# A step of the migrations is one table written out, and is never changed after a release.
LONG_BODIES = "bot.database.migrations"


def _name_of(path: Path) -> str:
    parts = path.relative_to(PROJECT_DIR).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {
    _name_of(path): path
    for folder in ("bot", "actions")
    for path in sorted((PROJECT_DIR / folder).rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in SOURCES.items()}


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted name of everything imported anywhere in a module, also for types only."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def _module_of(name: str) -> str | None:
    """Return the module of ours that an imported name comes from; None for a library's."""
    while name and name not in SOURCES:
        name = name.rpartition(".")[0]
    return name or None


def _home(module: str) -> str:
    """Return the entry of `FLOORS` that a module belongs to."""
    known = [name for name in HEIGHT if name == module or module.startswith(f"{name}.")]
    home = max(known, key=len, default="")
    if home in {"", "bot"} and module != "bot":
        pytest.fail(f"{module} has no floor: give it one in FLOORS")
    return home


def _within(module: str, homes: tuple[str, ...]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


EDGES = {
    name: {found for imported in _imported(tree) if (found := _module_of(imported))} - {name}
    for name, tree in TREES.items()
}


def test_every_module_imports_only_from_lower_floors() -> None:
    wrong = [
        f"{module} imports {target}"
        for module, targets in EDGES.items()
        for target in sorted(targets)
        if _home(module) != _home(target) and HEIGHT[_home(target)] >= HEIGHT[_home(module)]
    ]
    assert wrong == []


def test_every_floor_is_a_module_that_exists() -> None:
    assert [name for name in HEIGHT if name not in SOURCES] == []


def test_imports_run_in_no_circle() -> None:
    order = list(TopologicalSorter(EDGES).static_order())  # raises CycleError with the circle
    assert set(order) == set(SOURCES)


def test_imports_name_whole_paths() -> None:
    relative = [name for name, tree in TREES.items() if any(x[0] == "." for x in _imported(tree))]
    assert relative == []


def test_nothing_imports_the_actions() -> None:
    callers = [
        module
        for module, targets in EDGES.items()
        if not _within(module, ("actions",)) and any(_within(one, ("actions",)) for one in targets)
    ]
    assert callers == []


def test_rasa_is_imported_only_where_it_is_embedded() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, tree in TREES.items()
        for name in _imported(tree)
        if name.split(".")[0] == "rasa" and not _within(module, RASA_HOMES)
    ]
    assert wrong == []


def test_rasa_sdk_is_imported_only_by_actions_and_their_executor() -> None:
    wrong = [
        module
        for module, tree in TREES.items()
        if any(name.split(".")[0] == "rasa_sdk" for name in _imported(tree))
        and not _within(module, SDK_HOMES)
    ]
    assert wrong == []


def test_modules_stay_short() -> None:
    lengths = {name: len(path.read_text("utf-8").splitlines()) for name, path in SOURCES.items()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_function_bodies_stay_short() -> None:
    long = [
        f"{name}.{node.name}: {length} lines"
        for name, tree in TREES.items()
        if not _within(name, (LONG_BODIES,))
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := _body_lines(node)) > MOST_BODY_LINES
    ]
    assert long == []


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a body without its docstring."""
    first = 1 if ast.get_docstring(function) is not None else 0
    statements = function.body[first:]
    if not statements:
        return 0
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1
