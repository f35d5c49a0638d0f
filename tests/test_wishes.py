"""Wishes in plain words: a stop is never lost, and a no is never taken for its contrary."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.needs import FALLBACK, FORGET, STOP
from bot.conversation.wishes import Judged, judge, mentions_stop, named_in, wants_stop
from bot.engine.agent import Engine
from bot.engine.routing import route
from bot.engine.understood import Understood
from tests.test_not_sure import UNCLEAR

WITHDRAWN, ERASE = "Done. Everything", "Erase everything that is kept"
REFUSALS = ("don't", "do not", "please never", "I don't want you to", "I did not ask you to",
            "you must not", "DO NOT", "I'd rather you didn't", "I said no, don't")  # fmt: skip
ERASING = ("delete my data", "forget me", "erase everything", "remove my details please",
           "wipe this conversation")  # fmt: skip
STOPPING = ("stop mailing me", "stop", "stop sending me reminders", "unsubscribe me")


def sure_of(need: str) -> Understood:
    return Understood(need, 0.99, [{"name": need, "confidence": 0.99}], [])


@given(st.sampled_from(REFUSALS), st.sampled_from(ERASING), st.sampled_from(["", "!", " thanks"]))
def test_a_denied_wish_never_asks_to_erase(no: str, wish: str, end: str) -> None:
    text = f"{no} {wish}{end}"
    settled, heard = route(sure_of(FORGET), [], text=text, pending=None)
    assert settled.need in {"deny", FALLBACK}
    assert FORGET not in heard.also


@given(st.sampled_from(REFUSALS), st.sampled_from(STOPPING), st.sampled_from(["", "!", " thanks"]))
def test_a_denied_wish_never_withdraws_but_is_seen(no: str, wish: str, end: str) -> None:
    text = f"{no} {wish}{end}"
    settled, _ = route(sure_of(STOP), [], text=text, pending=None)
    assert settled.need in {"deny", FALLBACK}
    assert not wants_stop(text)
    assert mentions_stop(text)


@pytest.mark.parametrize(
    "text",
    ["I don't want you to keep my data, delete it", "why don't you reply? delete my data",
     "it does not work, forget me", "verwijder mijn gegevens"],
)  # fmt: skip
def test_a_no_to_something_else_denies_nothing(text: str) -> None:
    assert judge(FORGET, text) is Judged.MEANT


def test_a_part_that_says_nothing_else_names_a_need() -> None:
    found = {one.need: one.clear for one in named_in("I want a person and forget me, and stop")}
    assert found == {"ask_person": True, FORGET: True, STOP: False}
    assert named_in("how do I add a person to my team") == ()


# -- through the REST channel ------------------------------------------------------------------


class Sender:
    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client, self.name = client, uuid4().hex

    async def say(self, text: str) -> list[dict[str, Any]]:
        body = {"sender": self.name, "message": text}
        async with self.client.post("/webhooks/rest/webhook", json=body) as response:
            assert response.status == 200, await response.text()
            return list(await response.json())

    async def share(self) -> None:
        replies = await self.say("/ask_person")
        await self.say(replies[-1]["buttons"][0]["payload"])


@pytest.fixture
def sender(client: TestClient[Any, Any]) -> Sender:
    return Sender(client)


def offered(replies: list[dict[str, Any]]) -> set[str]:
    buttons = [button for reply in replies for button in reply.get("buttons", ())]
    return {button["payload"].partition("{")[0].strip("/") for button in buttons}


@pytest.mark.parametrize(
    "text",
    ["stop plz", "stop a.u.b.", "nee stop", "STOOOOP", "🛑", "ＳＴＯＰ", "st\u200bop",
     "Stop sharing. What does it cost?", "how do I add staff and also stop sharing",
     "I no longer want staff to read this"],
)  # fmt: skip
async def test_stop_among_other_words_ends_sharing(sender: Sender, text: str) -> None:
    await sender.share()
    replies = await sender.say(text)
    assert replies[-1]["text"].startswith(WITHDRAWN)


@pytest.mark.parametrize(
    "text",
    ["Stop, how do I add staff?", "the app keeps crashing, stop", "don't stop", "bus stop",
     "stop the music", "please don't stop sending me reminders"],
)  # fmt: skip
async def test_doubtful_stop_is_offered_while_staff_read(sender: Sender, text: str) -> None:
    await sender.share()
    (reply,) = await sender.say(text)
    assert offered([reply]) == {STOP}
    pressed = await sender.say(reply["buttons"][0]["payload"])
    assert pressed[-1]["text"].startswith(WITHDRAWN)


@pytest.mark.parametrize(
    "text", ["DO NOT DELETE MY DATA", "verwijder mijn gegevens NIET", "forget it",
             "erase my whiteboard", "I don't want to talk to a person", "bus stop"],
)  # fmt: skip
async def test_contrary_or_other_wish_is_not_acted_upon(sender: Sender, text: str) -> None:
    replies = await sender.say(text)
    assert not any(reply["custom"]["kind"] == "question" for reply in replies)
    assert not any(reply["text"].startswith(WITHDRAWN) for reply in replies)


@pytest.mark.parametrize(
    ("text", "asked", "need"),
    [
        ("forget me and stop", ERASE, STOP),
        ("I want a person and forget me", "May I share", FORGET),
        ("show me my data and delete it", ERASE, "show_my_data"),
    ],
)
async def test_second_wish_has_its_button(sender: Sender, text: str, asked: str, need: str) -> None:
    replies = await sender.say(text)
    assert replies[-1]["text"].startswith(asked)
    assert need in offered(replies)


async def test_wish_beside_a_question_or_a_log_is_met(sender: Sender) -> None:
    replies = await sender.say("How do I add staff? And forget me please.")
    assert replies[-1]["text"].startswith(ERASE)
    log = 'Traceback (most recent call last):\n  File "x.py", line 3\nValueError: bad'
    replies = await sender.say(f"I want to talk to a person\n{log}")
    assert replies[-1]["text"].startswith("May I share")


@pytest.mark.parametrize("text", ["are you sure?", "I don't know", "hmm"])
async def test_unsure_answer_gets_the_question_again(sender: Sender, text: str) -> None:
    await sender.say("/ask_person")
    replies = await sender.say(text)
    assert replies[-1]["text"].startswith("May I share")


@pytest.mark.parametrize("text", [".", "1", "asdf jkl"])
async def test_what_is_no_answer_asks_for_other_words(sender: Sender, text: str) -> None:
    replies = await sender.say(text)
    assert "other words" in replies[-1]["text"]


@pytest.mark.parametrize(
    ("words", "number"), [("the first one", 0), ("2", 1), ("{title}", 0), ("neither", -1)]
)
async def test_choice_is_understood_in_words(
    sender: Sender, engine: Engine, words: str, number: int
) -> None:
    heard = {one: (await engine.hear(one))[1] for one in UNCLEAR}
    text = next(one for one in UNCLEAR if len(heard[one].close) > 1)
    question = (await sender.say(text))[-1]
    other = Sender(sender.client)
    same = (await other.say(text))[-1]
    typed = await sender.say(words.format(title=question["buttons"][number]["title"]))
    pressed = await other.say(same["buttons"][number]["payload"])
    assert [one["text"] for one in typed] == [one["text"] for one in pressed]


@pytest.mark.parametrize("text", ["hw d i mak a bakcup", "monday " * 9, "a " * 9])
async def test_mistyped_or_repeated_words_are_no_foreign_language(
    sender: Sender, text: str
) -> None:
    replies = await sender.say(text)
    assert not any("can't follow this language" in reply["text"] for reply in replies)
