"""The pages in `docs/` and the README say what the program does: names, routes, codes, links."""

from __future__ import annotations

import ast
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeGuard

import click
import pytest
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

import bot.errors
from bot.cli.main import main
from bot.consent.purposes import PURPOSES
from bot.errors import AskfirstError
from bot.settings import PREFIX, Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.glob("*.md"), *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY"))]
)
PROGRAM_PREFIXES = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics")
CODE_SHAPE = re.compile(r"[a-z_]+\.[a-z_]+")

Row = list[str]


def _tokens(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))


def _rows(page: Path, heading: str) -> list[Row]:
    """Return the tables' rows under a heading, each cell as it is written."""
    section, rows = "", []
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        elif section == heading and line.startswith("| ") and not line.startswith("|--"):
            rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return [row for row in rows if row[0].startswith("`")]


def _code(cell: str) -> str:
    return cell.strip("`")


def _table(page: str, heading: str) -> dict[str, Row]:
    """Return a table's rows by the name in their first cell, which must not come twice."""
    rows = _rows(DOCS / page, heading)
    assert rows, f"{page} has no table under {heading!r}"
    names = [_code(row[0]) for row in rows]
    assert len(set(names)) == len(names), f"{page}: a name comes twice under {heading!r}"
    return dict(zip(names, rows, strict=True))


def _trees() -> Iterator[ast.Module]:
    for folder in ("bot", "actions"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


# -- settings ----------------------------------------------------------------------------------


def test_owner_page_lists_every_setting_and_no_other() -> None:
    documented = set(_table("owner.md", "Settings"))
    assert documented == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def test_owner_page_gives_the_defaults_that_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DOCS)  # no askfirst.toml here
    settings, table = load_settings(), _table("owner.md", "Settings")
    wrong = {
        name: table[f"{PREFIX}{name.upper()}"][1]
        for name in Settings.model_fields
        if name != "project_dir"  # a folder of this machine
        and table[f"{PREFIX}{name.upper()}"][1] != _shown(getattr(settings, name))
    }
    assert wrong == {}


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    text = ",".join(value) if isinstance(value, tuple) else str(value or "")
    return f"`{text}`" if text else "empty"


# -- the command line --------------------------------------------------------------------------


def _commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> dict[tuple[str, ...], click.Command]:
    found: dict[tuple[str, ...], click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= _commands(command, (*path, name))
        else:
            found[(*path, name)] = command
    return found


COMMANDS = _commands(main)


def _command_lines() -> Iterator[tuple[str, list[str]]]:
    """Yield where `askfirst ...` stands in code, and its words after that."""
    for page in PAGES:
        for token in _tokens(page):
            texts = [child.content for child in token.children or () if child.type == "code_inline"]
            if token.type == "fence":
                texts = token.content.splitlines()
            for text in texts:
                for words in _after_askfirst(text):
                    yield f"{page.name}: {text}", words


def _after_askfirst(text: str) -> Iterator[list[str]]:
    if not re.search(r"(?:^|[\s=/])askfirst\s", text):
        return
    words = shlex.split(text.replace("[", "").replace("]", ""), comments=True)
    for at, word in enumerate(words):
        program = word.rpartition("=")[2]
        first = at == 0 or "=" in words[at - 1]
        if program.endswith("bin/askfirst") or (word == "askfirst" and first):
            yield words[at + 1 :]


def test_every_command_is_documented() -> None:
    named = {tuple(words[: len(path)]) for _, words in _command_lines() for path in COMMANDS}
    assert [" ".join(path) for path in COMMANDS if path not in named] == []


def test_documented_commands_and_options_exist() -> None:
    assert [place for place, words in _command_lines() if not _exists(words)] == []


def _exists(words: list[str]) -> bool:
    """Tell whether a command line starts with a command (or a group's option) and its options."""
    path = next((path for path in COMMANDS if tuple(words[: len(path)]) == path), None)
    if path is None:
        return words[:1] in (["--help"], ["--version"])
    if path == ("rasa",):  # what follows is Rasa's
        return True
    known = {opt for item in COMMANDS[path].params for opt in (*item.opts, *item.secondary_opts)}
    given = {word.partition("=")[0] for word in words[len(path) :] if word.startswith("-")}
    return given <= known | {"--help"}


# -- purposes and needs ------------------------------------------------------------------------


def test_owner_page_lists_every_purpose_and_no_other() -> None:
    assert set(_table("owner.md", "Purposes and permissions")) == set(PURPOSES)


def test_purposes_said_to_be_asked_are_those_with_a_notice() -> None:
    table = _table("owner.md", "Purposes and permissions")
    asked = {name for name, row in table.items() if row[1] != "not yet"}
    assert asked == {path.stem for path in (ROOT / "notices" / "en").glob("*.md")}


def test_developer_page_lists_every_need_with_its_action() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
    rules = yaml.safe_load((ROOT / "data" / "rules.yml").read_text("utf-8"))["rules"]
    besides = "action_answer_rest"  # goes before or after what the need itself sets in motion
    actions = {
        rule["steps"][0]["intent"]: step["action"]
        for rule in rules
        for step in rule["steps"][1:]
        if step["action"] != besides
    }
    needs = set(domain["intents"]) - {"nlu_fallback"}
    table = _table("developer.md", "The needs")
    assert {need: _code(row[2]) for need, row in table.items()} == {
        need: actions[need] for need in needs
    }


# -- routes and error codes --------------------------------------------------------------------


def _routes() -> set[tuple[str, str]]:
    """Return what the program's setup functions add, read from their source."""
    found = set()
    for tree in _trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            verb = {"add_get": "GET", "add_post": "POST"}.get(node.func.attr)
            if verb and isinstance(node.args[0], ast.Constant):
                found.add((verb, str(node.args[0].value)))
    return found


def test_integrator_page_lists_every_route_for_programs_and_no_other() -> None:
    routes = {route for route in _routes() if route[1].startswith(PROGRAM_PREFIXES)}
    text = (DOCS / "integrator.md").read_text("utf-8")
    documented = set(re.findall(r"`(GET|POST) (/[^`\s?]*)[^`]*`", text))
    assert len(routes) >= 10
    assert documented == routes


Classes = Mapping[str, ast.ClassDef]


def _error_codes() -> Mapping[str, set[int]]:
    """Return every code that an error can carry, with the statuses it comes with."""
    nodes = [node for tree in _trees() for node in ast.walk(tree)]
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    found: defaultdict[str, set[int]] = defaultdict(set)
    for node in nodes:
        for code, status in _codes_in(node, classes):
            found[code].add(status)
    return found


def _codes_in(node: ast.AST, classes: Classes) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.ClassDef):  # code = "..."
        values = [line.value for line in node.body if _sets_code(line)]
        yield from ((code, _status(node.name, classes)) for code in _codes(values))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):  # BadInput(code="...")
        name, values = node.func.id, [word.value for word in node.keywords if word.arg == "code"]
        yield from ((code, _status(name, classes)) for code in _codes(values))
    elif isinstance(node, ast.Dict):  # the barrier's {405: "..."}
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, int):
                yield from ((code, key.value) for code in _codes([value]))


def _sets_code(line: ast.stmt) -> TypeGuard[ast.Assign]:
    return isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == "code"


def _codes(values: Iterable[ast.expr]) -> Iterator[str]:
    """Yield codes that are written out; one in a variable is written out elsewhere."""
    for value in values:
        if isinstance(value, ast.Constant) and CODE_SHAPE.fullmatch(str(value.value)):
            yield str(value.value)


def _status(name: str, classes: Classes) -> int:
    """Return the status of an error class of ours, which has it or inherits it."""
    while not hasattr(bot.errors, name):
        base = classes[name].bases[0]
        assert isinstance(base, ast.Name)
        name = base.id
    found = getattr(bot.errors, name)
    assert issubclass(found, AskfirstError)
    return found.status


def test_integrator_page_lists_every_error_code_with_its_status() -> None:
    documented = {
        code: {int(status) for status in row[1].split(", ")}
        for code, row in _table("integrator.md", "Errors").items()
    }
    assert documented == _error_codes()


# -- links -------------------------------------------------------------------------------------


def _links(page: Path) -> Iterator[str]:
    for token in _tokens(page):
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if isinstance(target, str) and not re.match(r"[a-z]+:", target):
                yield target


def _anchors(page: Path) -> set[str]:
    """Return the anchors that code hosts give to headings."""
    tokens = _tokens(page)
    headings = (
        tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"
    )
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    broken = []
    for link in _links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


def test_readme_leads_to_every_page() -> None:
    linked = {link.partition("#")[0] for link in _links(ROOT / "README.md")}
    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} <= linked
