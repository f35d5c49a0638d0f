"""Turns over HTTP, on both databases: acknowledged, answered once, in order, whatever arrives."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select, text

from bot.assembly import connect
from bot.clock import new_id
from bot.conversation import store
from bot.database.tables import message, message_original, tracker, turn
from bot.engine.agent import Engine
from bot.web import Assistant, create_app
from tests.live import Visitor, new_visitor

HOW = "how do I put this on my site"


async def test_question_gets_the_passage_with_its_source(visitor: Visitor) -> None:
    (answer,) = await visitor.ask(HOW)
    assert answer["kind"] == "answer"
    (source,) = answer["sources"]
    assert source["passage"] == answer["text"]
    assert "/help/en/" in source["url"]
    assert "#" in source["url"]
    assert source["reviewed"] == "2026-11-22"
    assert answer["tree"]


async def test_first_message_says_that_software_answers(visitor: Visitor) -> None:
    await visitor.send("hello")
    first = (await visitor.news())[0]
    assert (first["seq"], first["kind"], first["author"]) == (1, "disclosure", "assistant")
    assert "software" in first["text"]
    assert "/privacy" in first["text"]


async def test_question_without_an_article_gets_an_honest_no(visitor: Visitor) -> None:
    (reply,) = await visitor.ask("who won the 1998 world cup")
    assert reply["kind"] == "no_answer"
    assert reply["sources"] == []


async def test_dutch_question_is_answered_in_dutch(visitor: Visitor) -> None:
    (answer,) = await visitor.ask("hoe zet ik dit op mijn website")
    assert answer["sources"][0]["language"] == "nl"
    assert "/help/nl/" in answer["sources"][0]["url"]


async def test_the_same_native_id_is_stored_and_answered_once(
    visitor: Visitor, assistant: Assistant
) -> None:
    found = await asyncio.gather(*(visitor.send(HOW, id="same") for _ in range(6)))
    found.append(await visitor.send(HOW, id="same"))
    await assistant.turns.close()
    assert len({receipt["seq"] for receipt in found}) == 1
    with assistant.services.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(turn)).scalar_one() == 1


async def test_messages_that_arrive_together_are_answered_once_each_in_order(
    visitor: Visitor, assistant: Assistant
) -> None:
    await asyncio.gather(*(visitor.send(f"{HOW} {number}") for number in range(12)))
    await assistant.turns.close()
    messages = await assistant.turns.messages_after((await _conversation(visitor, assistant)), 0)
    seqs = [found["seq"] for found in messages]
    assert seqs == list(range(1, len(messages) + 1))
    asked = [found["seq"] for found in messages if found["author"] == "visitor"]
    with assistant.services.database.reading() as connection:
        rows = connection.execute(
            select(message.c.in_reply_to, message.c.seq)
            .where(message.c.author == "assistant", message.c.in_reply_to.is_not(None))
            .order_by(message.c.seq)
        ).all()
        order = {
            row.id: row.seq for row in connection.execute(select(message.c.id, message.c.seq)).all()
        }
    assert len(asked) == 12
    assert [order[row.in_reply_to] for row in rows] == sorted(asked)


async def test_two_visitors_never_see_each_other(
    client: TestClient[Any, Any], visitor: Visitor
) -> None:
    other = await new_visitor(client)
    await visitor.ask("a question that only I asked")
    assert all("only I" not in found["text"] for found in await other.news(wait=0))


async def test_cards_and_secrets_are_stored_nowhere(visitor: Visitor, assistant: Assistant) -> None:
    await visitor.ask(
        "my card 4111 1111 1111 1111 was refused, password is hunter22, mail me at a.b@example.org"
    )
    keys = assistant.services.keys
    with assistant.services.database.reading() as connection:
        stored = connection.execute(
            select(message.c.text).where(message.c.author == "visitor")
        ).scalar_one()
        original = keys.decrypt(
            connection.execute(select(message_original.c.text_encrypted)).scalar_one()
        )
        state = str(connection.execute(select(tracker.c.state)).scalar_one())
    assert stored == (
        "my card [card number] was refused, password is [secret], mail me at [e-mail address]"
    )
    assert "a.b@example.org" in original
    assert all(word not in original for word in ("4111", "hunter22"))
    assert all(word not in state for word in ("4111", "hunter22", "a.b@"))


async def test_message_without_a_second_commit_is_answered_after_a_restart(
    visitor: Visitor, assistant: Assistant
) -> None:
    conversation_id = await _conversation(visitor, assistant)
    database, turns = assistant.services.database, assistant.turns
    with database.transaction() as connection:
        turns._store(connection, conversation_id, HOW, None, "native")
    assert await turns.recover() == 1
    await turns.close()
    kinds = [found["kind"] for found in await turns.messages_after(conversation_id, 0)]
    assert kinds == ["disclosure", "text", "answer"]
    assert await turns.recover() == 0


async def test_dialogue_state_stays_small_in_a_long_conversation(
    visitor: Visitor, assistant: Assistant
) -> None:
    sizes = []
    for number in range(12):
        await visitor.ask(f"{HOW} {number}")
        with assistant.services.database.reading() as connection:
            sizes.append(len(str(connection.execute(select(tracker.c.state)).scalar_one())))
    assert max(sizes[6:]) <= 1.1 * max(sizes[:6])


async def test_failing_turn_apologises_and_is_noted(
    visitor: Visitor, assistant: Assistant, caplog: Any
) -> None:
    assistant.services.knowledge.current = None  # type: ignore[assignment]  # breaks every search
    (reply,) = await visitor.ask(HOW)
    assert "went wrong" in reply["text"]
    assert any(record.exc_info for record in caplog.records)
    assert HOW not in caplog.text
    with assistant.services.database.reading() as connection:
        assert connection.execute(select(turn.c.outcome)).scalar_one() == "failed"


SPOIL = {
    "null value in column": (
        "CREATE FUNCTION spoils() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.seq := NULL; RETURN NEW; END $$",
        "CREATE TRIGGER spoils BEFORE INSERT ON message"
        " FOR EACH ROW WHEN (NEW.text LIKE '%canary%') EXECUTE FUNCTION spoils()",
    ),
    "violates check constraint": ("ALTER TABLE message ADD CHECK (text NOT LIKE '%canary%')",),
    "violates unique constraint": (
        "CREATE UNIQUE INDEX spoils ON message ((text LIKE '%canary%'), text)",
    ),
}


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("problem", SPOIL)
async def test_row_that_postgresql_refuses_is_named_in_the_log_without_its_values(
    visitor: Visitor, assistant: Assistant, caplog: pytest.LogCaptureFixture, problem: str
) -> None:
    with assistant.services.database.transaction() as connection:
        for statement in SPOIL[problem]:
            connection.exec_driver_sql(statement.replace("%", "%%"))
    for _ in range(2):
        async with visitor.client.post(
            "/api/v1/messages",
            json={"id": new_id(), "text": "my canary sings"},
            headers=visitor.headers,
        ) as response:
            body = await response.text()
    assert response.status == 500
    assert "canary" not in body
    (failed,) = (one for one in caplog.records[-1:] if one.name == "bot.web_barrier")
    assert failed.exc_info
    assert problem in caplog.text
    assert "Traceback" in caplog.text
    assert "canary" not in caplog.text


REFUSE = {
    "sqlite": [
        "CREATE TRIGGER refuses BEFORE INSERT ON consent_event"
        " BEGIN SELECT RAISE(ABORT, 'askfirst: refused by the test'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'askfirst: refused by the test'; END $$",
        "CREATE TRIGGER refuses BEFORE INSERT ON consent_event"
        " FOR EACH ROW EXECUTE FUNCTION refuses()",
    ],
}


async def test_ledger_that_refuses_stops_offers_and_not_answers(
    visitor: Visitor, assistant: Assistant
) -> None:
    database = assistant.services.database
    with database.transaction() as connection:
        for statement in REFUSE["sqlite" if database.is_sqlite else "postgresql"]:
            connection.execute(text(statement))
    (reply,) = await visitor.ask("a person", payload="/ask_person")
    assert reply["kind"] != "question"
    assert "can't record a permission" in reply["text"]
    (answer,) = await visitor.ask(HOW)
    assert answer["kind"] == "answer"


async def test_missing_guard_stops_offers_and_not_answers(
    assistant: Assistant, engine: Engine
) -> None:
    services = assistant.services
    on = " ON consent_event" if not services.database.is_sqlite else ""
    with services.database.transaction() as connection:
        name = connection.execute(text(FIRST_TRIGGER[services.database.is_sqlite])).scalar_one()
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
    app = create_app(connect(services, engine), work=False)
    async with TestClient(TestServer(app)) as client:
        visitor = await new_visitor(client)
        (reply,) = await visitor.ask("a person", payload="/ask_person")
        assert "can't record a permission" in reply["text"]
        (answer,) = await visitor.ask(HOW)
        assert answer["kind"] == "answer"


FIRST_TRIGGER = {
    True: "SELECT name FROM sqlite_master"
    " WHERE type = 'trigger' AND tbl_name = 'consent_event' LIMIT 1",
    False: "SELECT tgname FROM pg_trigger WHERE tgrelid = 'consent_event'::regclass"
    " AND NOT tgisinternal LIMIT 1",
}


@pytest.mark.parametrize("endless", ["(" * 4000, "'" * 4000, "$(" * 2000, "x" * 4000])
async def test_endless_word_does_not_hold_the_server(visitor: Visitor, endless: str) -> None:
    started = time.process_time()
    await visitor.ask(endless)
    assert time.process_time() - started < 3  # it was more than five; a usual turn takes 0.05


async def test_unanswered_lists_only_what_has_no_turn(
    visitor: Visitor, assistant: Assistant
) -> None:
    await visitor.ask(HOW)
    with assistant.services.database.reading() as connection:
        assert store.unanswered(connection) == []


async def _conversation(visitor: Visitor, assistant: Assistant) -> str:
    return (await assistant.turns.conversation_of(visitor.token)).id
