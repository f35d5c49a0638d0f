"""Not sure, two needs in one message, and messages of every shape: as visitors meet them."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from bot.conversation.needs import ACTING, FALLBACK, SEARCHED
from bot.database.tables import consent_event, follow_up_wish, message, tracker, turn
from bot.engine.agent import Engine
from bot.texts import Texts
from bot.web import Assistant
from tests.live import Visitor, new_visitor

ANSWERED = "how do I put this on my site"
NOTHING = "how do I repot an orchid with yellow leaves"
# Words that may mean two things, of which the shipped articles know nothing. Which of them a
# model finds unclear changes with its examples.
UNCLEAR = (
    "remove me from the pottery course list",
    "take me off the pottery course, the list and all",
    "get rid of my registration for pottery",
    "please remove my registration for the pottery course",
    "get my name off the pottery course",
    "scrap me from the pottery course please",
    "no more pottery evenings for me, take my name away",
    "somebody must phone me or mail me the price of pottery",
    "when is the pottery glazed, can someone phone me",
)


@pytest.fixture
async def unclear(engine: Engine) -> str:
    """A message that the model finds unclear between needs of which one acts."""
    for text in UNCLEAR:
        _, heard = await engine.hear(text)
        if len(heard.close) > 1:
            return text
    pytest.fail("the model is sure of every message; write others")


def stored(assistant: Assistant, column: Any) -> list[Any]:
    with assistant.services.database.reading() as connection:
        return list(connection.execute(select(column)).scalars())


def first_words(assistant: Assistant) -> str:
    """Return the id of the first message a visitor sent."""
    with assistant.services.database.reading() as connection:
        found = select(message.c.id).where(message.c.author == "visitor").order_by(message.c.seq)
        return str(connection.execute(found).scalars().first())


def needs_of(reply: dict[str, Any]) -> list[str]:
    return [button["payload"].partition("{")[0].strip("/") for button in reply["buttons"]]


# -- which need --------------------------------------------------------------------------------


async def test_close_needs_are_asked_between_once_with_a_way_out(
    visitor: Visitor, assistant: Assistant, unclear: str
) -> None:
    (question,) = await visitor.ask(unclear)
    offered = needs_of(question)
    assert 3 <= len(offered) <= 4
    assert offered[-1] == FALLBACK
    assert ACTING.intersection(offered)
    assert question["buttons"][-1]["title"] == "None of these"
    assert stored(assistant, turn.c.outcome) == ["unsure"]
    (second,) = await visitor.ask(f"{unclear}!")
    assert FALLBACK not in needs_of(second)


async def test_choice_runs_the_need_with_the_first_words(
    visitor: Visitor, assistant: Assistant, unclear: str
) -> None:
    """The nearest articles are those of the first message: its words were searched for."""
    (question,) = await visitor.ask(unclear)
    acting = next(at for at, need in enumerate(needs_of(question)) if need in ACTING)
    replies = await visitor.press(question, acting)
    assert replies[-1]["kind"] != "no_answer"
    assert stored(assistant, turn.c.need)[1] == needs_of(question)[acting]
    state = json.dumps(stored(assistant, tracker.c.state)[0]["slots"])
    assert "pottery" not in state


async def test_pressed_need_searches_for_the_words_it_is_about(
    visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask(ANSWERED)
    first = first_words(assistant)
    payload = f'/learn_how{{"about": "{first}"}}'
    (answer,) = await visitor.ask("I want to know how to do something", payload=payload)
    assert "put-on-your-website" in answer["sources"][0]["url"]


async def test_button_about_somebody_elses_words_has_no_words(
    visitor: Visitor, assistant: Assistant, client: TestClient[Any, Any]
) -> None:
    await visitor.ask(ANSWERED)
    theirs = first_words(assistant)
    other = await new_visitor(client)
    (reply,) = await other.ask("orchids", payload=f'/learn_how{{"about": "{theirs}"}}')
    assert reply["kind"] == "no_answer"


async def test_none_of_these_asks_for_other_words_then_shows_the_nearest(
    visitor: Visitor, unclear: str
) -> None:
    (question,) = await visitor.ask(unclear)
    (rephrase,) = await visitor.press(question, -1)
    assert "other words" in rephrase["text"]
    assert needs_of(rephrase) == ["ask_person"]


async def test_no_to_the_choice_is_none_of_these_and_gives_nothing(
    visitor: Visitor, assistant: Assistant, unclear: str
) -> None:
    await visitor.ask(unclear)
    (rephrase,) = await visitor.ask("no")
    assert "other words" in rephrase["text"]
    assert stored(assistant, consent_event.c.action) == []


async def test_nothing_is_asked_while_a_permission_waits(visitor: Visitor, unclear: str) -> None:
    await visitor.ask("person", payload="/ask_person")
    (reply,) = await visitor.ask(unclear)
    assert FALLBACK not in needs_of(reply)


async def test_choice_works_over_rest(client: TestClient[Any, Any], unclear: str) -> None:
    async def call(text: str) -> list[dict[str, Any]]:
        body = {"sender": "s1", "message": text}
        async with client.post("/webhooks/rest/webhook", json=body) as response:
            return list(await response.json())

    question = (await call(unclear))[-1]
    (rephrase,) = await call(question["buttons"][-1]["payload"])
    assert "other words" in rephrase["text"]


async def test_choice_works_on_the_page_without_javascript(
    client: TestClient[Any, Any], unclear: str
) -> None:
    async with client.post("/chat", data={"text": unclear, "lang": "en"}) as response:
        page = await response.text()
    assert "None of these" in page
    token = re.search(r'name="token" value="([^"]+)"', page)
    choices = re.findall(r'name="choice" value="(/nlu_fallback[^"]+)"', page)
    assert token, page
    form = {"token": token[1], "choice": choices[0].replace("&#34;", '"'), "lang": "en"}
    async with client.post("/chat", data=form) as response:
        assert "other words" in await response.text()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_need_that_can_be_offered_has_words(texts: Texts, language: str) -> None:
    own = texts.own(language)
    offered = (ACTING | SEARCHED) - {"complain"}
    assert [need for need in offered if f"assistant.need_{need}" not in own] == []


# -- nothing found -----------------------------------------------------------------------------


async def test_nothing_found_asks_for_other_words_then_nearest_then_a_person(
    visitor: Visitor,
) -> None:
    (first,) = await visitor.ask(NOTHING)
    assert "other words" in first["text"]
    assert "For example" in first["text"]
    (second,) = await visitor.ask("my orchid has a yellow button on its page")
    assert "/help/en/" in second["text"]
    assert second["sources"] == []
    (third,) = await visitor.ask("how do I repot an orchid then")
    assert "person" in third["text"]
    for reply in (first, second, third):
        assert reply["kind"] == "no_answer"
        assert needs_of(reply) == ["ask_person"]


async def test_words_that_fit_an_article_are_answered_at_once_after_that(visitor: Visitor) -> None:
    await visitor.ask(NOTHING)
    (answer,) = await visitor.ask(ANSWERED)
    assert answer["kind"] == "answer"
    (again,) = await visitor.ask(NOTHING)
    assert "For example" in again["text"]


# -- two needs ---------------------------------------------------------------------------------


async def test_question_and_a_wish_for_a_person_are_both_answered(
    visitor: Visitor, assistant: Assistant
) -> None:
    answer, question = await visitor.ask(
        "How do I put the chat on my website? And I want to talk to a person."
    )
    assert answer["kind"] == "answer"
    assert question["kind"] == "question"
    assert stored(assistant, consent_event.c.action) == ["requested"]
    assert stored(assistant, turn.c.need) == ["ask_person"]


async def test_trouble_without_an_article_and_a_wish_for_a_person_asks_the_permission(
    visitor: Visitor,
) -> None:
    (question,) = await visitor.ask("my invoice is wrong and I want to talk to someone")
    assert question["kind"] == "question"
    assert len(question["buttons"]) == 3


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Thanks! How do I put this on my site?", "en"),
        ("hello there, how do I put this on my site?", "en"),
        ("Bedankt! En hoe zet ik dit op mijn website?", "nl"),
    ],
)
async def test_manners_and_a_question_are_the_question(
    client: TestClient[Any, Any], text: str, language: str
) -> None:
    visitor = await new_visitor(client, language)
    (answer,) = await visitor.ask(text)
    assert "put-on-your-website" in answer["sources"][0]["url"]


async def test_two_questions_get_two_passages(visitor: Visitor) -> None:
    first, second = await visitor.ask(
        "How do I put this on my website? And how do I make a backup?"
    )
    assert "put-on-your-website" in first["sources"][0]["url"]
    assert "backup" in second["sources"][0]["url"]


async def test_who_are_you_and_a_question_are_both_answered(visitor: Visitor) -> None:
    said, answer = await visitor.ask("Are you a robot? How do I put this on my site?")
    assert "software" in said["text"]
    assert answer["kind"] == "answer"


async def test_two_things_to_do_are_done_one_at_a_time(
    visitor: Visitor, assistant: Assistant
) -> None:
    replies = await visitor.ask(
        "Please delete everything you have about me. I also want to talk to a person."
    )
    offer, question = replies
    assert question["kind"] == "question"
    assert needs_of(offer)[0] in {"ask_person", "forget_me"}
    assert stored(assistant, consent_event.c.action) in ([], ["requested"])
    (other,) = await visitor.press(offer, 0)
    assert other["kind"] == "question"


async def test_yes_with_a_question_is_no_yes_but_the_question_is_answered(
    visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask("person", payload="/ask_person")
    replies = await visitor.ask("yes. But how do I put this on my site?")
    assert "answer" in {reply["kind"] for reply in replies}
    assert stored(assistant, consent_event.c.action) == ["requested"]


async def test_answer_and_mail_it_promises_the_answer_just_given(
    visitor: Visitor, assistant: Assistant
) -> None:
    answer, question = await visitor.ask(
        "How do I put this on my website? Please send me the answer by e-mail."
    )
    assert answer["kind"] == "answer"
    assert question["kind"] == "question"
    assert stored(assistant, follow_up_wish.c.kind) == ["answer"]
    (promised,) = stored(assistant, follow_up_wish.c.answer_message_id)
    with assistant.services.database.reading() as connection:
        text = connection.execute(
            select(message.c.text).where(message.c.id == promised)
        ).scalar_one()
    assert text == answer["text"]


# -- messages of every shape -------------------------------------------------------------------

MAIL = (
    "Dear sir or madam,\n\nwe have run a small shop near the harbour since 1987, and my daughter "
    "looks after everything with computers. "
    + "On Monday it rained all day, so we sat together over coffee and talked about the garden. "
    * 36
    + "\n\n{request}\n\nKind regards,\nJ. Jansen"
)
LOG = (
    "{request}\n\n"
    + "2026-11-02 10:11:12,123 ERROR [pool-3] c.e.Foo - java.io.IOException: 0x80004005\n"
    "    at com.example.net.Client.send(Client.java:212)\n" * 27
)
SECONDS = 3.0  # far more than it takes: other tests run on this machine at the same time


@pytest.mark.parametrize(
    "text",
    [
        "HOW DO I PUT THIS ON MY WEBSITE???",
        "how do I put this on my website 🙏🙏😡🤖",
        "hwo do i put the chat on my website",
        MAIL.format(request="How do I put the chat on my website?"),
        LOG.format(request="How do I put the chat on my website?"),
    ],
    ids=["shouting", "emoji", "typos", "mail", "log"],
)
async def test_question_of_any_shape_is_answered_in_time(visitor: Visitor, text: str) -> None:
    assert len(text) <= 4000
    await visitor.ask(ANSWERED)
    started = time.perf_counter()
    (answer,) = await visitor.ask(text)
    assert time.perf_counter() - started < SECONDS
    assert "put-on-your-website" in answer["sources"][0]["url"]


@pytest.mark.parametrize(
    "text",
    [
        "I WANT TO TALK TO A PERSON NOW!!!",
        "i want to tlak to a persn",
        "😡😡 I want to talk to a person 😡😡",
        MAIL.format(request="I want to talk to a person about this, please."),
        LOG.format(request="I want to talk to a person about this, please."),
    ],
    ids=["shouting", "typos", "emoji", "mail", "log"],
)
async def test_wish_for_a_person_of_any_shape_is_understood(
    visitor: Visitor, assistant: Assistant, text: str
) -> None:
    replies = await visitor.ask(text)
    assert replies[-1]["kind"] == "question"
    assert stored(assistant, turn.c.need) == ["ask_person"]


@pytest.mark.parametrize("text", ["😡😡😡", "?", "...", "\u200b.", "👍", "x" * 4000, "a b " * 1000])
async def test_message_without_words_gets_an_honest_reply(visitor: Visitor, text: str) -> None:
    replies = await visitor.ask(text)
    assert replies
    assert "went wrong" not in replies[0]["text"]


@pytest.mark.parametrize("shape", [MAIL, LOG])
async def test_understanding_a_mail_of_4000_characters_takes_well_under_a_second(
    engine: Engine, shape: str
) -> None:
    text = shape.format(request="How do I put the chat on my website?").ljust(4000, "!")
    await engine.hear("warm")
    times = []
    for _ in range(3):
        started = time.perf_counter()
        await engine.hear(text)
        times.append(time.perf_counter() - started)
    assert min(times) < 1.0


async def test_what_is_out_of_scope_has_the_way_to_a_person_from_the_second_time_on(
    visitor: Visitor,
) -> None:
    strange = ("tell me a joke", "what is the capital of France", "sing me a song please")
    first, second, third = [(await visitor.ask(text))[-1] for text in strange]
    assert {reply["kind"] for reply in (first, second, third)} == {"no_answer"}
    assert first["buttons"] == []
    assert second["text"] == first["text"]
    assert needs_of(second) == needs_of(third) == ["ask_person"]
    assert "A person can look at it" in third["text"]
