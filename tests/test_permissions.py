"""Permission in the dialogue: asked once, answered in words or by button, never assumed."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import func, select

from bot.clock import new_id
from bot.consent.verify import verify
from bot.database.tables import (
    consent_event,
    consent_evidence,
    contact_point,
    conversation,
    follow_up,
    grant,
    handoff,
    message,
    outbox,
)
from bot.web import Assistant
from tests.live import Visitor, new_visitor

HOW = "how do I put this on my site"


def actions(assistant: Assistant) -> list[str]:
    with assistant.services.database.reading() as connection:
        return list(
            connection.execute(
                select(consent_event.c.action).order_by(consent_event.c.seq)
            ).scalars()
        )


def count(assistant: Assistant, table: Any) -> int:
    with assistant.services.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


async def test_asking_for_a_person_says_what_is_shared_and_shares_nothing_yet(
    visitor: Visitor, assistant: Assistant
) -> None:
    (question,) = await visitor.ask("I want to talk to a real person please")
    assert question["kind"] == "question"
    assert "Example Ltd" in question["text"]
    assert len(question["buttons"]) == 3
    assert actions(assistant) == ["requested"]
    assert count(assistant, handoff) == 0


@pytest.mark.parametrize("yes", ["yes", "yes please", "ok, go ahead", "sure"])
async def test_yes_in_the_visitors_words_brings_a_person(
    visitor: Visitor, assistant: Assistant, yes: str
) -> None:
    await visitor.ask("can I speak to a human")
    (reply,) = await visitor.ask(yes)
    assert reply["kind"] == "handoff"
    assert "nobody is at the desk" in reply["text"]
    assert actions(assistant) == ["requested", "given"]
    with assistant.services.database.reading() as connection:
        row = connection.execute(select(handoff)).one()
        status = connection.execute(select(conversation.c.status)).scalar_one()
    assert row.scope_id == row.conversation_id
    assert row.live_grant_id == row.grant_event_id
    assert status == "open"


UNCLEAR = [
    "okay?", "yes or no?", "sure, no", "no yes", "yes, what happens then?", "yes please dont",
    "yes I said no", "exactly, that is what I asked",
]  # fmt: skip


@pytest.mark.parametrize("words", UNCLEAR)
async def test_unclear_answer_is_no_yes_and_erases_nothing(
    visitor: Visitor, assistant: Assistant, words: str
) -> None:
    await visitor.ask("person", payload="/ask_person")
    await visitor.ask(words)
    assert "given" not in actions(assistant)
    await visitor.ask("erase", payload="/forget_me")
    await visitor.ask(words)
    assert "erased" not in actions(assistant)


async def test_unclear_yes_is_asked_once_more_and_then_left_open(
    visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask("person", payload="/ask_person")
    replies = await visitor.ask("yes yes, but what happens then")
    while len(replies) < 2:
        replies += [found for found in await visitor.news() if found["author"] == "assistant"]
    unclear, again = replies
    assert "not sure" in unclear["text"]
    assert len(again["buttons"]) == 3
    (reply,) = await visitor.press(again, 0)
    assert reply["kind"] == "handoff"
    assert actions(assistant) == ["requested", "given"]


async def test_typed_payload_is_only_text(visitor: Visitor, assistant: Assistant) -> None:
    await visitor.ask('/affirm{"question": "erase"}')
    await visitor.ask("/forget_me")
    assert actions(assistant) == []


async def test_payload_is_kept_without_what_no_button_carries(
    visitor: Visitor, assistant: Assistant
) -> None:
    payload = '/learn_how{"x": "4111 1111 1111 1111", "email": "leak@example.org"}'
    await visitor.ask("hello", payload=payload)
    with assistant.services.database.reading() as connection:
        bodies = str(connection.execute(select(message.c.body)).scalars().all())
    assert "4111" not in bodies
    assert "leak@" not in bodies


async def test_evidence_of_a_button_is_the_buttons_words(
    visitor: Visitor, assistant: Assistant
) -> None:
    (question,) = await visitor.ask("person", payload="/ask_person")
    await visitor.ask("No! never share", payload=question["buttons"][0]["payload"])
    with assistant.services.database.reading() as connection:
        sealed = connection.execute(select(consent_evidence.c.payload_encrypted)).scalar_one()
    assert "Yes, share" in assistant.services.keys.decrypt(sealed)


async def test_refusal_changes_nothing_in_the_help(
    client: TestClient[Any, Any], visitor: Visitor, assistant: Assistant
) -> None:
    other = await new_visitor(client)
    (before,) = await other.ask(HOW)
    await visitor.ask("can I speak to a human")
    (reply,) = await visitor.ask("no, I'd rather not")
    assert "nothing is shared" in reply["text"]
    (after,) = await visitor.ask(HOW)
    assert actions(assistant) == ["requested", "refused"]
    assert count(assistant, grant) == 0
    same = ("kind", "text", "sources", "tree", "buttons")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}


async def test_not_now_is_neither_yes_nor_no(visitor: Visitor, assistant: Assistant) -> None:
    (question,) = await visitor.ask("can I speak to a human")
    await visitor.press(question, 2)
    assert actions(assistant) == ["requested", "deferred"]
    (reply,) = await visitor.press(question, 0)
    assert reply["kind"] == "handoff"


@pytest.mark.parametrize("word", ["ok", "yes", "sure", "thanks"])
async def test_yes_without_a_question_grants_nothing(
    visitor: Visitor, assistant: Assistant, word: str
) -> None:
    await visitor.ask(word)
    assert actions(assistant) == []


async def test_yes_after_something_else_was_asked_is_no_answer_to_the_old_question(
    visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask("can I speak to a human")
    await visitor.ask(HOW)
    await visitor.ask("yes")
    assert actions(assistant) == ["requested"]


async def test_button_of_an_answered_question_changes_nothing(
    visitor: Visitor, assistant: Assistant
) -> None:
    (question,) = await visitor.ask("can I speak to a human")
    await visitor.press(question, 1)
    (reply,) = await visitor.press(question, 0)
    assert "closed" in reply["text"]
    assert actions(assistant) == ["requested", "refused"]


async def test_another_visitor_cannot_answer_my_question(
    client: TestClient[Any, Any], visitor: Visitor, assistant: Assistant
) -> None:
    (question,) = await visitor.ask("can I speak to a human")
    other = await new_visitor(client)
    (reply,) = await other.press(question, 0)
    assert "closed" in reply["text"]
    assert actions(assistant) == ["requested"]


@pytest.mark.parametrize("stop", ["stop", "STOP!", "Stop sharing.", "unsubscribe", "afmelden"])
async def test_stop_withdraws_at_once_also_while_staff_have_the_conversation(
    visitor: Visitor, assistant: Assistant, stop: str
) -> None:
    await visitor.ask("can I speak to a human")
    await visitor.ask("yes")
    (reply,) = await visitor.ask(stop)
    assert reply["author"] == "assistant"
    assert actions(assistant) == ["requested", "given", "withdrawn"]
    assert count(assistant, grant) == 0
    with assistant.services.database.reading() as connection:
        assert connection.execute(select(handoff.c.state)).scalar_one() == "revoked"
        assert connection.execute(select(conversation.c.status)).scalar_one() == "pending"


async def test_cancelling_an_appointment_is_not_a_stop(
    visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask("can I speak to a human")
    await visitor.ask("yes")
    await visitor.send("I need to cancel my appointment on Friday")
    await assistant.turns.close()
    assert actions(assistant) == ["requested", "given"]


async def test_my_permissions_lists_and_withdraws(visitor: Visitor, assistant: Assistant) -> None:
    (none,) = await visitor.ask("my permissions", payload="/my_permissions")
    assert "haven't agreed" in none["text"]
    await visitor.ask("can I speak to a human")
    await visitor.ask("yes")
    (listed,) = await visitor.ask("my permissions", payload="/my_permissions")
    assert "Sharing this conversation" in listed["text"]
    await visitor.press(listed, 0)
    assert actions(assistant)[-1] == "withdrawn"
    assert count(assistant, grant) == 0


async def test_mail_me_this_asks_then_the_address_then_the_confirmation(
    visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask(HOW)
    (question,) = await visitor.ask("can you mail me this")
    assert question["kind"] == "question"
    await visitor.ask("yes")
    (reply,) = await visitor.ask("visitor@example.org")
    assert "v***@example.org" in reply["text"]
    assert actions(assistant) == ["requested", "given"]
    assert count(assistant, outbox) == 1
    assert count(assistant, follow_up) == 0
    assert count(assistant, grant) == 0
    with assistant.services.database.reading() as connection:
        texts = connection.execute(select(message.c.text)).scalars().all()
        value = connection.execute(select(contact_point.c.value_encrypted)).scalar_one()
    assert not any("visitor@example.org" in text for text in texts)
    assert assistant.services.keys.decrypt(value) == "visitor@example.org"


async def test_wrong_address_is_asked_for_again(visitor: Visitor, assistant: Assistant) -> None:
    await visitor.ask(HOW)
    await visitor.ask("please mail me this answer")
    await visitor.ask("yes")
    (reply,) = await visitor.ask("visitor@@nowhere")
    assert "once more" in reply["text"]
    await visitor.ask("visitor@example.org")
    assert actions(assistant) == ["requested", "given"]


async def test_forget_me_asks_once_then_leaves_one_sentence(
    visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask("my name is Zebulon and I need help")
    await visitor.ask("can I speak to a human")
    await visitor.ask("yes")
    (question,) = await visitor.ask("erase my data", payload="/forget_me")
    (last,) = await visitor.press(question, 0)
    assert last["kind"] == "erased"
    with assistant.services.database.reading() as connection:
        texts = connection.execute(select(message.c.text)).scalars().all()
        assert verify(connection).ok
    assert texts == [last["text"]]
    assert actions(assistant)[-1] == "erased"
    body = {"id": new_id(), "text": "hello again"}
    async with visitor.client.post(
        "/api/v1/messages", json=body, headers=visitor.headers
    ) as response:
        assert response.status == 410
        assert (await response.json())["error"]["code"] == "conversation.erased"


async def test_show_my_data_gives_a_link_that_works(visitor: Visitor) -> None:
    await visitor.ask(HOW)
    (reply,) = await visitor.ask("what do you have on me", payload="/show_my_data")
    path = "/privacy/data/" + reply["text"].split("/privacy/data/")[1].split(")")[0]
    async with visitor.client.get(path) as response:
        assert response.status == 200
    async with visitor.client.get("/api/v1/data", headers=visitor.headers) as response:
        assert HOW in await response.text()


async def test_dutch_visitor_is_asked_in_dutch(visitor: Visitor, assistant: Assistant) -> None:
    (question,) = await visitor.ask("ik wil graag een medewerker spreken")
    assert question["kind"] == "question"
    assert "medewerkers" in question["text"]
    (reply,) = await visitor.ask("nee, liever niet")
    assert "niets gedeeld" in reply["text"]
    assert actions(assistant) == ["requested", "refused"]
