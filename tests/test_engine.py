"""Rasa, embedded: without TensorFlow, without a network, retrained without dropping anybody."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tensorflow
from rasa.core.actions.action import RemoteAction

from bot.conversation.plain_answers import is_stop
from bot.engine.agent import Engine
from bot.engine.routing import ACTING, FALLBACK, Understood, settle
from bot.engine.tensorflow_absent import MESSAGE, TensorFlowAbsent
from bot.engine.training import ensure_model, fingerprint, model_path
from bot.errors import ModelUnavailable
from bot.settings import PROJECT_DIR, load_settings
from bot.web import Assistant
from tests.live import Visitor


def test_anything_of_tensorflow_can_be_named_and_nothing_used() -> None:
    assert issubclass(tensorflow.keras.Model, object)
    with pytest.raises(TensorFlowAbsent, match=MESSAGE):
        tensorflow.keras.layers.Dense(4)
    with pytest.raises(TensorFlowAbsent):
        tensorflow.constant(1)


def test_configuration_that_needs_tensorflow_fails_and_says_why(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    config = project / "config.yml"
    text = config.read_text().replace("bot.nlu.need_classifier.NeedClassifier", "DIETClassifier")
    config.write_text(text)
    settings = load_settings(project_dir=project, data_dir=tmp_path / "var")
    with pytest.raises(ModelUnavailable, match="Training failed"):
        asyncio.run(ensure_model(settings))
    assert not model_path(settings).exists()


def test_action_results_are_still_checked_by_the_cached_validator(engine: Engine) -> None:
    action = RemoteAction("x", None)
    assert action._validate_action_result({"events": [], "responses": []})
    with pytest.raises(Exception, match="is not of type"):
        action._validate_action_result({"events": "none"})


async def test_model_is_trained_only_when_its_data_changed(tmp_path: Path, model: Path) -> None:
    project = copy_project(tmp_path)
    assert fingerprint(project) == fingerprint(PROJECT_DIR)
    (project / "data" / "rules.yml").write_text("changed")
    assert fingerprint(project) != fingerprint(PROJECT_DIR)
    before = model.stat().st_mtime_ns
    settings = load_settings(data_dir=model.parent.parent)
    assert await ensure_model(settings) == model
    assert model.stat().st_mtime_ns == before


async def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"config\.yml cannot be read"):
        await ensure_model(load_settings(project_dir=tmp_path, data_dir=tmp_path / "var"))


async def test_engine_without_a_model_says_so() -> None:
    with pytest.raises(ModelUnavailable, match="askfirst train"):
        await Engine("Example Ltd").understand("hello")


async def test_conversation_goes_on_over_a_switch_of_models(
    visitor: Visitor, assistant: Assistant, model: Path, tmp_path: Path
) -> None:
    (question,) = await visitor.ask("I want to talk to a person")
    other = tmp_path / "other.tar.gz"
    shutil.copy(model, other)
    await asyncio.to_thread(assistant.engine.load, other)
    assert assistant.engine.model == "other.tar.gz"
    (reply,) = await visitor.ask("yes")
    assert question["kind"] == "question"
    assert reply["kind"] == "handoff"


def test_importing_the_engine_switches_telemetry_off_and_keeps_the_event_loop_policy() -> None:
    script = (
        "import asyncio, os; before = type(asyncio.get_event_loop_policy());"
        "import bot.engine.agent; from rasa import telemetry;"
        "assert not telemetry.is_telemetry_enabled();"
        "assert type(asyncio.get_event_loop_policy()) is before"
    )
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "true"}
    subprocess.run([sys.executable, "-c", script], cwd=PROJECT_DIR, env=environment, check=True)


@pytest.mark.parametrize(
    "text", ["stop", "STOP", " Stop! ", "please stop", "afmelden.", "uitschrijven"]
)
def test_a_word_that_only_says_stop_is_stop(text: str) -> None:
    assert is_stop(text)
    assert (
        settle(understood("learn_how", 0.9), text=text, pending=None).need == "stop_contacting_me"
    )


@pytest.mark.parametrize(
    "text", ["stop the clock", "when does bus stop 4 close", "cancel my booking"]
)
def test_a_sentence_with_such_a_word_is_not(text: str) -> None:
    assert not is_stop(text)


@pytest.mark.parametrize("need", sorted(ACTING))
def test_a_guess_is_never_acted_upon(need: str) -> None:
    assert settle(understood(need, 0.1), text="hm", pending=None).need == FALLBACK
    assert settle(understood(need, 0.9), text="hm", pending=None).need == need


def test_address_answers_the_question_for_one_and_nothing_else() -> None:
    found = [{"entity": "email", "value": "a@example.org"}]
    message = understood("learn_how", 0.9, found)
    assert settle(message, text="a@example.org", pending={"kind": "address"}).need == "affirm"
    assert settle(message, text="a@example.org", pending=None).need == "learn_how"


def understood(need: str, confidence: float, entities: Any = ()) -> Understood:
    return Understood(need, confidence, [], entities)


def copy_project(folder: Path) -> Path:
    project = folder / "project"
    project.mkdir()
    for name in ("config.yml", "domain.yml"):
        shutil.copy(PROJECT_DIR / name, project / name)
    shutil.copytree(PROJECT_DIR / "data", project / "data")
    return project
