"""Bad input over HTTP: one clear error in the project's shape, and nothing stored or lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import func, select

from bot import web_body
from bot.clock import new_id
from bot.database import Database
from bot.database.tables import message
from bot.web import Assistant
from tests.live import Visitor

GOOD = {"id": "1", "text": "hello"}


async def post(visitor: Visitor, **options: Any) -> tuple[int, dict[str, Any]]:
    headers = {**visitor.headers, **options.pop("headers", {})}
    async with visitor.client.post("/api/v1/messages", headers=headers, **options) as response:
        return response.status, (await response.json())["error"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"id": "1", "text": ""}, 400, "message.empty", "text"),
        ({"id": "1", "text": "  \n"}, 400, "message.empty", "text"),
        ({"id": "1", "text": "x" * 4001}, 413, "message.too_long", "text"),
        ({"id": "1", "text": "x" * 100_000}, 413, "input.too_large", None),
        ({"id": "1", "text": 7}, 400, "input.invalid", "text"),
        ({"id": "1"}, 400, "input.invalid", "text"),
        ({"text": "hello"}, 400, "input.invalid", "id"),
        ({"id": "", "text": "hello"}, 400, "input.invalid", "id"),
        ({"id": "1", "text": "a\x00b"}, 400, "message.binary", "text"),
        ({"id": "1", "text": "a\ud800b"}, 400, "input.invalid", "text"),
        ({"id": "1", "text": "hi", "payload": "rm -rf"}, 400, "message.payload", "payload"),
        ({"id": "1", "text": "hi", "payload": "/restart"}, 400, "message.payload", "payload"),
        ({"id": "1", "text": "hi", "payload": "/affirm{bad}"}, 400, "message.payload", "payload"),
    ],
)
async def test_bad_message_is_refused_by_field_and_not_stored(
    visitor: Visitor,
    assistant: Assistant,
    body: dict[str, Any],
    status: int,
    code: str,
    field: str | None,
) -> None:
    found, error = await post(visitor, json=body)
    assert (found, error["code"], error["field"]) == (status, code, field)
    assert error["message"]
    assert error["request_id"]
    assert stored(assistant) == 1  # the disclosure


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"{not json", 400, "input.json"),
        (b"[1, 2]", 400, "input.json"),
        (b"\xff\xfe\x00", 400, "input.json"),
        (b"", 400, "input.json"),
        (b"[" * 60_000, 400, "input.json"),
        (b'{"id": ' + b"9" * 5_000 + b"}", 400, "input.json"),
    ],
)
async def test_body_that_is_no_json_object_is_refused(
    visitor: Visitor, data: bytes, status: int, code: str
) -> None:
    found, error = await post(visitor, data=data, headers={"Content-Type": "application/json"})
    assert (found, error["code"]) == (status, code)


async def test_other_media_type_is_refused(visitor: Visitor) -> None:
    found, error = await post(
        visitor, data=json.dumps(GOOD), headers={"Content-Type": "text/plain"}
    )
    assert (found, error["code"]) == (415, "input.media_type")


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic abc", "Bearer ", ""])
async def test_wrong_token_is_refused(client: TestClient[Any, Any], header: str) -> None:
    for method, path in (
        ("POST", "messages"),
        ("GET", "messages"),
        ("GET", "events"),
        ("GET", "data"),
    ):
        async with client.request(
            method, f"/api/v1/{path}", json=GOOD if method == "POST" else None,
            headers={"Authorization": header},
        ) as response:  # fmt: skip
            assert response.status == 401, path
            assert (await response.json())["error"]["code"] == "access.token"


async def test_conversation_id_is_no_token(
    client: TestClient[Any, Any], visitor: Visitor, assistant: Assistant
) -> None:
    conversation_id = (await assistant.turns.conversation_of(visitor.token)).id
    headers = {"Authorization": f"Bearer {conversation_id}"}
    async with client.get("/api/v1/messages", headers=headers) as response:
        assert response.status == 401


@pytest.mark.parametrize("query", ["after=x", "after=-1", "wait=9999", "after=99999999999999"])
async def test_bad_query_is_refused(visitor: Visitor, query: str) -> None:
    async with visitor.client.get(f"/api/v1/messages?{query}", headers=visitor.headers) as response:
        assert response.status == 400
        assert (await response.json())["error"]["field"] == query.split("=")[0]


async def test_unknown_language_falls_back_and_says_so(client: TestClient[Any, Any]) -> None:
    async with client.post("/api/v1/conversations", json={"language": "tlh"}) as response:
        assert response.status == 201
        assert (await response.json())["language"] == "en"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/webhooks/rest/nothing"])
async def test_unknown_path_has_the_error_shape(client: TestClient[Any, Any], path: str) -> None:
    async with client.get(path) as response:
        assert response.status == 404
        assert (await response.json())["error"]["code"] == "input.not_found"


async def test_unknown_page_is_a_page_for_people(client: TestClient[Any, Any]) -> None:
    async with client.get("/nothing", headers={"Accept": "text/html"}) as response:
        assert response.status == 404
        assert "<h1>" in await response.text()


@asynccontextmanager
async def unavailable(assistant: Assistant) -> AsyncIterator[None]:
    """Lock the SQLite file, or take the PostgreSQL server away."""
    services, usual = assistant.services, assistant.services.database
    url = usual.url if usual.is_sqlite else "postgresql://postgres@127.0.0.1:1/none"
    away = Database(url, busy_timeout_seconds=0.2)
    object.__setattr__(services, "database", away)
    with usual.transaction():
        yield
    object.__setattr__(services, "database", usual)
    away.close()


async def test_database_that_is_away_gives_503_and_the_same_message_works_later(
    visitor: Visitor, assistant: Assistant
) -> None:
    body = {"id": new_id(), "text": "hello there"}
    async with unavailable(assistant):
        found, error = await post(visitor, json=body)
    assert (found, error["code"]) == (503, "database.unavailable")
    assert "127.0.0.1" not in error["message"]
    assert (await visitor.send(body["text"], id=body["id"]))["seq"] == 2
    await assistant.turns.close()


async def test_turn_waits_for_the_database_and_is_answered_when_it_is_back(
    visitor: Visitor, assistant: Assistant
) -> None:
    conversation_id = (await assistant.turns.conversation_of(visitor.token)).id
    with assistant.services.database.transaction() as connection:
        assistant.turns._store(connection, conversation_id, "hello there", None, "native")
    async with unavailable(assistant):
        await assistant.turns._answer_all(conversation_id)
    assert stored(assistant) == 2
    await assistant.turns.recover()
    await assistant.turns.close()
    assert stored(assistant) == 3


async def test_error_texts_carry_no_words_of_the_visitor(visitor: Visitor, caplog: Any) -> None:
    _, error = await post(visitor, json={"id": "1", "text": "Zebulon" * 1000})
    assert "Zebulon" not in json.dumps(error)
    assert "Zebulon" not in caplog.text


def stored(assistant: Assistant) -> int:
    with assistant.services.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(message)).scalar_one())


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("application/x-www-form-urlencoded; charset=foo", b"text=hi"),
        ("application/x-www-form-urlencoded", b"text=\xff"),
        ("application/x-www-form-urlencoded", b"text=hi&seen=" + b"9" * 5_000),
        ("application/x-www-form-urlencoded", b"text=hi&form_id=" + b"x" * 5_000),
        ("multipart/form-data", b"text=hi"),
    ],
)
async def test_chat_page_takes_or_refuses_an_odd_form(
    client: TestClient[Any, Any], kind: str, data: bytes
) -> None:
    headers = {"Content-Type": kind, "Accept": "text/html"}
    async with client.post("/chat", data=data, headers=headers) as response:
        assert response.status in {200, 400}


@pytest.mark.parametrize("header", [{"Authorization": "Bearer \udcff"}])
async def test_token_that_is_no_text_is_refused(
    client: TestClient[Any, Any], header: dict[str, str]
) -> None:
    async with client.get("/api/v1/messages", headers=header) as response:
        assert response.status == 401


async def test_body_that_does_not_arrive_is_given_up(
    visitor: Visitor, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_body, "BODY_SECONDS", 0.1)

    async def drip() -> AsyncIterator[bytes]:
        yield b'{"id": "1", '
        await asyncio.sleep(30)

    headers = {"Content-Type": "application/json"}
    status, error = await post(visitor, data=drip(), headers=headers)
    assert (status, error["code"]) == (408, "input.too_slow")
    assert stored(assistant) == 1
