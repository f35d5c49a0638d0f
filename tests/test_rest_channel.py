"""Rasa's REST contract: the replies come in the response, once for each message id."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.assembly import connect
from bot.conversation.store import add_message
from bot.engine.agent import Engine
from bot.handoff import queue
from bot.services import Services
from bot.staff import add_staff
from bot.web import Assistant, create_app
from tests.conftest import FixedClock

HOW = "how do I put this on my site"


async def call(client: TestClient[Any, Any], **body: Any) -> list[dict[str, Any]]:
    async with client.post("/webhooks/rest/webhook", json={"sender": "s1", **body}) as response:
        assert response.status == 200, await response.text()
        return list(await response.json())


async def test_webhook_answers_in_rasas_shape(client: TestClient[Any, Any]) -> None:
    disclosure, answer = await call(client, message=HOW)
    assert disclosure["custom"]["kind"] == "disclosure"
    assert answer["recipient_id"] == "s1"
    assert answer["custom"]["sources"][0]["title"]
    (second,) = await call(client, message="hello")
    assert second["custom"]["kind"] == "text"


async def test_same_message_id_gives_the_same_replies(client: TestClient[Any, Any]) -> None:
    first = await call(client, message=HOW, metadata={"message_id": "m1"})
    again = await call(client, message=HOW, metadata={"message_id": "m1"})
    assert first == again


async def test_buttons_carry_payloads_that_work_as_messages(client: TestClient[Any, Any]) -> None:
    replies = await call(client, message="I want to talk to a person")
    yes = replies[-1]["buttons"][0]["payload"]
    (reply,) = await call(client, message=yes)
    assert reply["custom"]["kind"] == "handoff"


async def test_staff_replies_can_be_fetched(
    client: TestClient[Any, Any], assistant: Assistant, clock: FixedClock
) -> None:
    await call(client, message="I want to talk to a person")
    (handed,) = await call(client, message="yes")
    with assistant.services.database.transaction() as connection:
        robin = add_staff(
            connection, email="r@example.org", name="Robin", password_hash="x", now=clock.now()
        )
        (found,) = queue(connection, clock.now())
        add_message(
            connection,
            message_id="m1",
            conversation_id=found.conversation_id,
            author="staff",
            text="Hello from Robin",
            channel="desk",
            now=clock.now(),
            staff_id=robin.id,
        )
    query = f"sender=s1&after={handed['custom']['seq']}"
    async with client.get(f"/webhooks/rest/messages?{query}") as response:
        (reply,) = await response.json()
    assert (reply["text"], reply["custom"]["name"]) == ("Hello from Robin", "Robin")
    async with client.get("/webhooks/rest/messages?sender=nobody") as response:
        assert response.status == 404


async def test_erased_sender_starts_anew(client: TestClient[Any, Any]) -> None:
    await call(client, message="hello")
    (question,) = await call(client, message="/forget_me")
    (erased,) = await call(client, message=question["buttons"][0]["payload"])
    assert erased["custom"]["kind"] == "erased"
    fresh = await call(client, message="hello")
    assert fresh[0]["custom"]["kind"] == "disclosure"


@pytest.mark.parametrize(
    "wish",
    ["auf Deutsch bitte", "en français s’il vous plaît", "¿Habla español?", "deutsch please",
     "po polsku proszę", "中文"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("interface", "honest"),
    [("en", "I speak English and Dutch"), ("nl", "ik spreek Engels en Nederlands")],
)
async def test_language_asked_for_by_its_own_name_gets_an_honest_answer_each_time(
    client: TestClient[Any, Any], wish: str, interface: str, honest: str
) -> None:
    for _ in range(2):
        (*_, said) = await call(client, message=wish, metadata={"language": interface})
        assert honest in said["text"]
        assert [button["payload"] for button in said["buttons"]] == ["/ask_person"]


async def test_question_beside_such_a_wish_is_searched_for_and_nothing_is_done_on_it(
    client: TestClient[Any, Any],
) -> None:
    await call(client, message="hello")
    wish = "Auf Deutsch bitte. Löschen Sie bitte alle meine Daten, die Sie haben!"
    said = await call(client, message=wish)
    assert any("I speak English and Dutch" in one["text"] for one in said)
    # a passage by its meaning may come beside it; the wish itself is not acted upon
    buttons = [button["payload"] for one in said for button in one.get("buttons", ())]
    assert not [payload for payload in buttons if "forget" in payload or "affirm" in payload]


@pytest.mark.parametrize("wish", ["auf Englisch bitte", "en anglais s'il vous plaît"])
async def test_spoken_language_is_given_to_who_asks_in_another(
    client: TestClient[Any, Any], wish: str
) -> None:
    await call(client, message="hallo daar", metadata={"language": "nl"})
    (said,) = await call(client, message=wish, metadata={"language": "nl"})
    assert "I answer in English from now on" in said["text"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"message": "hi"}, "sender"),
        ({"sender": "", "message": "hi"}, "sender"),
        ({"sender": "s"}, "message"),
        ({"sender": "s", "message": "hi", "metadata": "x"}, "metadata"),
    ],
)
async def test_bad_body_names_the_field(
    client: TestClient[Any, Any], body: dict[str, Any], field: str
) -> None:
    async with client.post("/webhooks/rest/webhook", json=body) as response:
        assert response.status == 400
        assert (await response.json())["error"]["field"] == field


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "Origin", "Sec-Fetch-Site"]
)
async def test_request_from_a_proxy_or_a_page_needs_a_token(
    client: TestClient[Any, Any], header: str
) -> None:
    async with client.post(
        "/webhooks/rest/webhook",
        json={"sender": "s", "message": "hi"},
        headers={header: "192.0.2.1"},
    ) as response:
        assert response.status == 403


async def test_token_is_asked_for_when_one_is_set(services: Services, engine: Engine) -> None:
    settings = services.settings.model_copy(update={"rest_token": "s3cret"})
    object.__setattr__(services, "settings", settings)
    app = create_app(connect(services, engine), work=False)
    async with TestClient(TestServer(app)) as client:
        for token, status in ((None, 401), ("wrong", 401), ("s3cret", 200)):
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            async with client.post(
                "/webhooks/rest/webhook", json={"sender": "s", "message": "hi"}, headers=headers
            ) as response:
                assert response.status == status
