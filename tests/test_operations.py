"""What operators rely on: health, readiness, metrics, headers, a full disk, and silence outside."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import event, text

from bot.assembly import connect
from bot.clock import new_id
from bot.engine.agent import Engine
from bot.knowledge.golden import Broken, GoldenQuestion
from bot.services import Services
from bot.settings import PROJECT_DIR
from bot.web import Assistant, create_app
from bot.web_keys import TURNS
from tests.live import MODELS, Visitor


async def test_healthz_and_readyz_say_alive_and_ready(client: TestClient[Any, Any]) -> None:
    async with client.get("/healthz") as response:
        assert (response.status, await response.json()) == (200, {"status": "alive"})
    async with client.get("/readyz") as response:
        body = await response.json()
        assert (response.status, body["status"]) == (200, "ready")
        assert body["checks"] == {"model": True, "articles": True, "database": True}
        assert body["held_back"] == []


async def test_readyz_names_what_is_missing(services: Services) -> None:
    app = create_app(connect(services, Engine("Example Ltd")), work=False)
    async with TestClient(TestServer(app)) as client, client.get("/readyz") as response:
        assert response.status == 503
        assert (await response.json())["checks"]["model"] is False


async def test_readyz_names_the_place_of_a_golden_question_and_not_its_words(
    services: Services,
) -> None:
    question = GoldenQuestion("when are you open", "en/hours", "en", "golden/questions.csv", 3)
    services.knowledge.held_back = (Broken(question, ()),)
    app = create_app(connect(services, Engine("Example Ltd")), work=False)
    async with TestClient(TestServer(app)) as client, client.get("/readyz") as response:
        assert (await response.json())["held_back"] == ["golden/questions.csv:3"]


async def test_metrics_count_without_words_or_ids(
    client: TestClient[Any, Any], visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask("Zebulon wants to know how to put this on a site")
    async with client.get("/help/search?q=Zebulon") as response:
        assert response.status == 200
    conversation = await assistant.turns.conversation_of(visitor.token)
    async with client.get("/metrics") as response:
        body = await response.text()
    assert 'askfirst_requests_total{route="/api/v1/messages",status="202"} 1.0' in body
    assert "askfirst_handoffs_waiting 0.0" in body
    for personal in ("Zebulon", conversation.id, conversation.visitor_id, visitor.token):
        assert personal not in body


async def test_every_page_has_the_security_headers(client: TestClient[Any, Any]) -> None:
    for path in ("/", "/help/en/", "/chat", "/privacy", "/demo", "/desk/sign-in", "/healthz"):
        async with client.get(path) as response:
            assert response.status == 200, path
            assert "default-src 'none'" in response.headers["Content-Security-Policy"], path
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["X-Request-Id"]
            assert "Set-Cookie" not in response.headers, path


async def test_full_disk_gives_503_and_nothing_is_lost(
    sqlite_services: Services, engine: Engine
) -> None:
    database = sqlite_services.database
    with database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()

    @event.listens_for(database.engine, "begin")
    def fill(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")

    limit = pages + 200
    async with TestClient(
        TestServer(create_app(connect(sqlite_services, engine), work=False))
    ) as client:
        async with client.post("/api/v1/conversations", json={}) as response:
            visitor = Visitor(client, (await response.json())["token"])
        limit, sent, full = pages, [], None
        while full is None:
            body = {"id": new_id(), "text": "how do I put this on my site " * 100}
            async with client.post(
                "/api/v1/messages", json=body, headers=visitor.headers
            ) as response:
                if response.status == 503:
                    full = body
                    assert (await response.json())["error"]["code"] == "database.unavailable"
                else:
                    sent.append(body["id"])
        limit = pages + 10_000
        await visitor.send(full["text"], id=full["id"])
        news = await visitor.news()
        while len(news) < 2 * (len(sent) + 1) + 1:
            await client.app[TURNS].recover()
            news += await visitor.news()
        own = [found["client_id"] for found in news if found["author"] == "visitor"]
        assert own == [*sent, full["id"]]


AUDIT = """
import os, sys
def hook(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        with open(os.environ["AUDIT_FILE"], "a") as file:
            file.write(f"{event} {args[1:] if event == 'socket.connect' else args}\\n")
sys.addaudithook(hook)
"""


def test_asking_training_and_checking_open_no_connection(tmp_path: Path, model: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(AUDIT)
    audit = tmp_path / "audit.txt"
    audit.touch()
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "AUDIT_FILE": str(audit),
        "ASKFIRST_DATA_DIR": str(MODELS),
    }

    def run(*command: str) -> None:
        subprocess.run(
            [sys.executable, *command], cwd=PROJECT_DIR, env=environment, check=True,
            capture_output=True, timeout=180,
        )  # fmt: skip

    run("-c", "import socket; socket.socket(socket.AF_INET).connect_ex(('127.0.0.1', 9))")
    assert "127.0.0.1" in audit.read_text()  # the watch works
    audit.write_text("")
    run("-m", "bot.cli", "ask", "how do I put this on my site")
    model = str(tmp_path / "model.tar.gz")
    run("-m", "bot.engine.train_child", str(PROJECT_DIR), model, "--language", "en", "--accept")
    assert audit.read_text() == ""


async def test_open_stream_ends_when_the_program_is_asked_to_stop(
    visitor: Visitor, assistant: Assistant
) -> None:
    stream = visitor.client.get("/api/v1/events?after=0", headers=visitor.headers)
    async with stream as response, asyncio.timeout(5):
        assert response.content_type == "text/event-stream"
        await response.content.readuntil(b"event: state")
        assistant.wakeups.close()
        await response.content.read()
