"""Bad training files: refused before anything is trained, in one line with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.assembly import connect
from bot.conversation.needs import ACTING, ANSWERS
from bot.engine.agent import Engine
from bot.engine.config_check import check_components
from bot.engine.project_check import check_project
from bot.engine.release import NO_RULE
from bot.engine.training import ensure_model, train_model
from bot.errors import BadInput
from bot.opening import need_names
from bot.services import Services
from bot.settings import PROJECT_DIR, load_settings
from bot.web import create_app
from tests.small_project import small_project
from tests.test_cli import run
from tests.test_engine import copy_project
from tests.test_golden import told, train
from tests.test_rest_channel import call

BOAT = "\nnlu:\n- intent: buy_boat\n  examples: |\n    - I want a boat\n"


def problem(project: Path, *languages: str) -> str:
    """Return what is wrong, with the folder left out."""
    with pytest.raises(BadInput) as caught:
        check_project(project, languages or ("en", "nl"))
    assert "\n" not in caught.value.message
    return caught.value.message.replace(f"{project}/", "")


def test_shipped_project_and_the_small_one_are_in_order(tmp_path: Path) -> None:
    check_project(PROJECT_DIR, ("en", "nl"))
    check_project(small_project(tmp_path), ("en",))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("data/rules.yml", "", "data/rules.yml:1: this file is empty"),
        ("data/rules.yml", "# none\n", "data/rules.yml:1: this file is empty"),
        ("data/rules.yml", "version: '3.1'\nrules: []\n", "data/rules.yml:2: this list is empty"),
        ("data/rules.yml", "rules:\n- rule: x\n", "data/rules.yml:2: this has no steps"),
        ("data/nlu/en.yml", "", "data/nlu/en.yml:1: this file is empty"),
        ("data/nlu/en.yml", "- a\n", "data/nlu/en.yml:1: write one of nlu, rules, stories"),
        ("data/nlu/nl.yml", "hello", "data/nlu/nl.yml:1: write one of nlu, rules, stories"),
        ("data/nlu/nl.yml", "nlu:\n- intent: greet\n", "data/nlu/nl.yml:2: greet has no examples"),
        ("data/nlu/nl.yml", "nlu: [\n", "data/nlu/nl.yml:2: this is no YAML"),
        ("data/nlu/nl.yml", "nlu:\n\t- a\n", "data/nlu/nl.yml:2: this is no YAML"),
        ("data/nlu/nl.yml", "a: \x01\n", "data/nlu/nl.yml:1: this is no YAML"),
        ("data/nlu/more.yml", f"# mine{BOAT}", "data/nlu/more.yml:3: buy_boat is no need of"),
        ("domain.yml", "intents: [\n", "domain.yml:2: this is no YAML"),
        ("domain.yml", "", "domain.yml:1: this file is empty"),
        ("domain.yml", "version: '3.1'\n", "domain.yml:1: list the needs in intents"),
        ("config.yml", "", "config.yml:1: this file is empty"),
        ("config.yml", "recipe: default.v1\n", "config.yml:1: list components in pipeline"),
        ("config.yml", "pipeline:\n- name: [\n", "config.yml:3: this is no YAML"),
        ("config.yml", "pipeline:\n- nme: X\n", "config.yml:2: every entry of pipeline"),
    ],
)
def test_unusable_file_is_named_with_its_line(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    project = copy_project(tmp_path)
    (project / name).write_text(content)
    assert problem(project).startswith(message)


def test_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "data" / "nlu" / "nl.yml").write_bytes("nlu: é".encode("latin-1"))
    assert problem(project) == "data/nlu/nl.yml:1: save the file as UTF-8 text"


def test_examples_of_the_first_language_must_be_there(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    (project / "data" / "nlu" / "nl.yml").unlink()
    check_project(project, ("en", "nl"))
    told_of = problem(project, "nl", "en")
    assert told_of.startswith("domain.yml:")
    assert told_of.endswith("learn_how has no examples in the first language, nl")
    (project / "data" / "nlu" / "en.yml").unlink()
    assert "learn_how has no examples" in problem(project)


def test_rules_must_be_there_and_name_needs(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    rules = project / "data" / "rules.yml"
    lines = rules.read_text().splitlines()
    rules.write_text("\n".join(lines).replace("intent: praise", "intent: prase"))
    line = 1 + next(at for at, one in enumerate(lines) if "intent: praise" in one)
    assert problem(project) == f"data/rules.yml:{line}: prase is no need of domain.yml"
    rules.unlink()
    assert problem(project).startswith("data/rules.yml:1: there is no rule")


def test_need_that_acts_must_have_a_rule_and_any_other_is_searched_for(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    rules = project / "data" / "rules.yml"
    text = rules.read_text()
    rules.write_text(text.replace("intent: find_price", "intent: greet"))
    check_project(project, ("en", "nl"))
    rules.write_text(text.replace("intent: stop_contacting_me", "intent: greet"))
    assert "stop_contacting_me has no rule" in problem(project)
    rules.write_text(text.replace("intent: find_price", "intent: greet"))
    domain = project / "domain.yml"
    domain.write_text(domain.read_text().replace("  - action_default_fallback\n", ""))
    assert "list action_default_fallback in actions" in problem(project)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("model: multilingual", "model: superbert", "superbert is neither minilm nor multilingual"),
        (
            "model: multilingual",
            "model: models/none.onnx\n        tokenizer: none.json",
            "there is no file models/none.onnx",
        ),
        ("    encoders:", "    encoders: 5\n    others:", "`encoders` must be a list"),
        ("matcher.HelpMatcher", "matcher.HelpMacher", "there is no component bot.nlu.matcher."),
        ("name: RulePolicy", "name: RulePolcy", "there is no component RulePolcy"),
    ],
)
def test_component_that_cannot_be_made_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    config = tmp_path / "config.yml"
    config.write_text((PROJECT_DIR / "config.yml").read_text().replace(old, new))
    with pytest.raises(BadInput) as caught:
        check_components(config)
    assert caught.value.message.startswith(f"{config}:")
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_train_says_it_in_one_line_and_leaves_no_model(tmp_path: Path) -> None:
    project, data_dir = small_project(tmp_path), tmp_path / "var"
    (project / "data" / "nlu" / "boats.yml").write_text(BOAT)
    done = train(project, data_dir)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "data/nlu/boats.yml:3: buy_boat is no need of domain.yml" in done.stderr
    assert list(data_dir.rglob("*.tar.gz")) == []


def test_every_shipped_need_has_a_rule_that_is_followed(engine: Engine) -> None:
    first = engine.first_actions(need_names(PROJECT_DIR))
    assert set(first) >= ACTING | ANSWERS
    assert {need for need, action in first.items() if action in NO_RULE} == set()


async def test_need_without_a_rule_is_searched_for_and_the_conversation_goes_on(
    sqlite_services: Services, tmp_path: Path
) -> None:
    data_dir, project = tmp_path / "models", small_project(tmp_path)
    found = told(train(project, data_dir, "--json"))
    assert "without a rule, so searched for: find_price" in found["notes"][-1]
    engine = Engine("Example Ltd")
    engine.load(data_dir / "models" / found["model"])
    app = create_app(connect(sqlite_services, engine), work=False)
    async with TestClient(TestServer(app)) as client:
        for _ in range(2):
            (*_, reply) = await call(client, message="how much is a year pass")
            assert reply["custom"]["kind"] == "no_answer"
            (greeting,) = await call(client, message="hello")
            assert greeting["text"].startswith("Hello")

    await unreadable_golden_set_is_named_although_there_is_a_model(project, data_dir)


async def unreadable_golden_set_is_named_although_there_is_a_model(
    project: Path, data_dir: Path
) -> None:
    golden = project / "golden" / "needs.csv"
    settings = load_settings(project_dir=project, data_dir=data_dir)
    for content, message in (
        (b"words,need\nhello,greet\n", "needs.csv:1: the header"),
        (b"text,label\nhi,gret\n", "needs.csv:2: gret is no need"),
        (b"text,label,language\nhi,greet,english\n", "needs.csv:2: english is no language"),
        (b"", "needs.csv:1: the header"),
        ("text,label\né,greet\n".encode("latin-1"), "needs.csv:2: this is not UTF-8"),
    ):
        golden.write_bytes(content)
        with pytest.raises(BadInput, match=message):
            await train_model(settings)
    assert (await ensure_model(settings)).exists()  # a start does not need the set


def test_label_that_is_no_need_is_refused_by_evaluate_needs(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text,label\nhello,greet\ntell me a joke,oos\n")
    done = run("evaluate", "needs", "--test", str(rows), data_dir=tmp_path / "var")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "rows.csv:3: oos is no need of domain.yml" in done.stderr


def test_share_to_reject_must_be_a_number(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text,label\nhello,greet\n")
    done: Any = run(
        "evaluate", "intents", "--train", str(rows), "--test", str(rows), "--reject", "nan",
        data_dir=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "nan is no number" in done.stderr
