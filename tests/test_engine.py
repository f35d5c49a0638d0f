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

from bot.conversation.needs import ACTING, FALLBACK
from bot.conversation.plain_answers import is_stop
from bot.engine.agent import Engine
from bot.engine.clauses import MOST_CLAUSES, clauses_of, prose_of
from bot.engine.routing import Part, close_needs, route, settle
from bot.engine.tensorflow_absent import MESSAGE, TensorFlowAbsent
from bot.engine.training import ensure_model, fingerprint, model_path
from bot.engine.understood import Understood
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
    settings = load_settings(data_dir=model.parent.parent)
    project = copy_project(tmp_path)
    copied = load_settings(project_dir=project)
    assert fingerprint(copied) == fingerprint(settings)
    (project / "data" / "rules.yml").write_text("changed")
    assert fingerprint(copied) != fingerprint(settings)
    before = model.stat().st_mtime_ns
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


def ranked(**confidences: float) -> Understood:
    """Return what was understood, with the needs in the order of their confidence."""
    order = sorted(confidences, key=lambda need: -confidences[need])
    ranking = [{"name": need, "confidence": confidences[need]} for need in order]
    return Understood(order[0], confidences[order[0]], ranking, [])


@pytest.mark.parametrize(
    ("confidences", "close"),
    [
        ({"forget_me": 0.5, "show_my_data": 0.4}, ("forget_me", "show_my_data")),
        ({"leave_or_cancel": 0.6, "forget_me": 0.3}, ("leave_or_cancel", "forget_me")),
        ({"forget_me": 0.3, "learn_how": 0.25, "fix_problem": 0.2}, ("forget_me", "learn_how")),
        ({"learn_how": 0.5, "fix_problem": 0.4}, ()),  # both are searched for
        ({"ask_person": 0.9, "ask_follow_up": 0.1}, ()),
        ({"ask_person": 0.55, "complain": 0.4}, ()),  # a complaint's reply has the way to a person
        ({"stop_contacting_me": 0.55, "leave_or_cancel": 0.4}, ("stop_contacting_me",
                                                               "leave_or_cancel")),
        ({"ask_person": 0.2, "thanks": 0.15}, ("ask_person",)),  # a button, not a question
        ({"out_of_scope": 0.5, "forget_me": 0.3, "show_my_data": 0.2}, ()),
        ({"greet": 0.1, "forget_me": 0.09}, ()),
    ],
)  # fmt: skip
def test_needs_are_close_only_if_the_choice_matters(
    confidences: dict[str, float], close: tuple[str, ...]
) -> None:
    assert close_needs(ranked(**confidences).ranking) == close


UNSURE = {"forget_me": 0.5, "show_my_data": 0.45}


@pytest.mark.parametrize(
    ("kind", "asked"),
    [(None, True), ("rephrase", True), ("need", False), ("permission", False), ("erase", False),
     ("address", False)],
)  # fmt: skip
def test_choice_is_put_once_and_never_beside_a_permission(kind: str | None, asked: bool) -> None:
    pending = None if kind is None else {"kind": kind}
    settled, heard = route(ranked(**UNSURE), [], text="my data", pending=pending)
    assert (len(heard.close) == 2) is asked
    assert settled.need == (FALLBACK if asked else "forget_me")


def part(text: str, need: str, confidence: float = 0.99, *, sentence: bool = True) -> Part:
    return Part(text, sentence, understood(need, confidence))


def test_question_comes_before_thanks_and_is_searched_for_by_itself() -> None:
    parts = [part("Thanks!", "thanks"), part("how do I leave?", "leave_or_cancel")]
    settled, heard = route(ranked(thanks=0.9), parts, text="x", pending=None)
    assert (settled.need, heard.parts) == ("leave_or_cancel", ("how do I leave?",))


def test_one_need_is_acted_upon_and_the_other_offered() -> None:
    parts = [
        part("erase it", "forget_me"),
        part("call me", "ask_person"),
        part("how?", "learn_how"),
    ]
    text = "erase my data, call me, how?"
    settled, heard = route(ranked(forget_me=0.9), parts, text=text, pending=None)
    assert (settled.need, heard.also, heard.parts) == ("forget_me", ("ask_person",), ("how?",))


def test_stop_comes_before_anything_else_to_do() -> None:
    parts = [part("call me", "ask_person"), part("stop mailing", "stop_contacting_me")]
    text = "call me, stop mailing"
    settled, heard = route(ranked(ask_person=0.9), parts, text=text, pending=None)
    assert (settled.need, heard.also) == ("stop_contacting_me", ("ask_person",))


@pytest.mark.parametrize(
    ("hint", "confidence", "sentence", "acts"),
    [(0.2, 0.9, False, True), (0.0, 0.9, False, False), (0.0, 0.99, False, False),
     (0.0, 0.9, True, False), (0.0, 0.99, True, True), (0.2, 0.7, True, False)],
)  # fmt: skip
def test_clause_acts_if_the_whole_message_hints_at_it_or_it_is_a_clear_sentence(
    hint: float, confidence: float, sentence: bool, acts: bool
) -> None:
    parts = [part("x", "learn_how"), part("my data", "forget_me", confidence, sentence=sentence)]
    whole = ranked(learn_how=0.7, forget_me=hint)
    settled, _ = route(whole, parts, text="x, my data", pending=None)
    assert (settled.need == "forget_me") is acts


@pytest.mark.parametrize("need", ["affirm", "deny", "not_now"])
def test_answer_to_a_permission_stays_one_whatever_else_is_said(need: str) -> None:
    parts = [part("yes", need), part("how?", "learn_how"), part("erase it", "forget_me")]
    settled, heard = route(ranked(**{need: 0.9}), parts, text="x", pending={"kind": "permission"})
    assert (settled.need, heard.parts, heard.also) == (need, ("how?",), ())


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("my invoice is wrong and I want to talk", ["my invoice is wrong", "I want to talk"]),
        ("bedankt! en hoe zeg ik op?", ["bedankt!", "hoe zeg ik op?"]),
        ("thanks, how do I leave?", ["thanks", "how do I leave?"]),
        ("bread and butter please", []),
        ("stuur het maar naar mij", []),
        ("one sentence only.", []),
        ("", []),
    ],
)
def test_message_is_cut_into_its_clauses(text: str, clauses: list[str]) -> None:
    assert [clause.text for clause in clauses_of(text)] == clauses


def test_of_a_long_mail_first_and_last_sentences_count() -> None:
    clauses = clauses_of(" ".join(f"Sentence number {number}." for number in range(100)))
    assert len(clauses) == MOST_CLAUSES
    assert (clauses[0].text, clauses[-1].text) == ("Sentence number 0.", "Sentence number 99.")


def test_pasted_lines_that_are_no_prose_are_left_out() -> None:
    log = "2026-11-02 10:11:12 ERROR [pool-3] java.io.IOException: 0x80004005\n" * 10
    assert prose_of(f"It fails, what now?\n\n{log}") == "It fails, what now?"
    assert prose_of(log) == log


def copy_project(folder: Path) -> Path:
    project = folder / "project"
    project.mkdir()
    for name in ("config.yml", "domain.yml"):
        shutil.copy(PROJECT_DIR / name, project / name)
    shutil.copytree(PROJECT_DIR / "data", project / "data")
    return project
