from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from bot.conversation.stream import DESK
from bot.desk import stream as desk_stream
from bot.handoff import staff_present
from bot.staff import disable_staff
from bot.web_keys import WAKEUPS
from tests.desk.conftest import Seat
from tests.desk.scene import Scene

pytestmark = pytest.mark.asyncio

Arrive = Callable[[str], Awaitable[Seat]]


async def events(response: aiohttp.ClientResponse, count: int, seconds: float = 5) -> list[str]:
    """Return the next events as `name data`, leaving beats out."""
    found: list[str] = []
    async with asyncio.timeout(seconds):
        while len(found) < count:
            block = (await response.content.readuntil(b"\n\n")).decode()
            if not block.startswith(":"):
                name, data = block.strip().split("\n")
                found.append(f"{name.removeprefix('event: ')} {data.removeprefix('data: ')}")
    return found


async def test_the_stream_tells_of_the_queue_and_of_the_open_conversation(
    app: web.Application, scene: Scene, at_desk: Arrive
) -> None:
    seat = await at_desk("Sam")
    talk = scene.talk("My secret")
    scene.share(talk)
    async with seat.stream(f"/desk/stream?conversation={talk}") as response:
        assert response.content_type == "text/event-stream"
        assert await events(response, 2) == ['queue {"waiting": 1}', 'conversation {"seq": 1}']
        scene.say(talk, "Are you there?")
        app[WAKEUPS].notify(talk)
        assert await events(response, 1) == ['conversation {"seq": 2}']
        scene.share(scene.talk("Another"))
        app[WAKEUPS].notify(DESK)
        assert await events(response, 1) == ['queue {"waiting": 2}']


async def test_the_stream_says_at_once_when_the_visitor_ends_the_sharing(
    app: web.Application, scene: Scene, at_desk: Arrive
) -> None:
    seat = await at_desk("Sam")
    talk = scene.talk("My secret")
    scene.share(talk)
    async with seat.stream(f"/desk/stream?conversation={talk}") as response:
        await events(response, 2)
        scene.withdraw(talk)
        app[WAKEUPS].notify(talk)
        assert await events(response, 2) == [
            'queue {"waiting": 0}',
            'ended {"reason": "withdrawn"}',
        ]


async def test_the_stream_sees_what_another_process_wrote(
    scene: Scene, at_desk: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_stream, "LOOK_SECONDS", 0.05)
    seat = await at_desk("Sam")
    async with seat.stream("/desk/stream") as response:
        await events(response, 1)
        scene.share(scene.talk("Help"))  # nobody is woken
        assert await events(response, 1) == ['queue {"waiting": 1}']


async def test_staff_are_present_while_their_stream_is_open(
    scene: Scene, at_desk: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_stream, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(desk_stream, "PRESENCE_SECONDS", 0.02)
    seat = await at_desk("Sam")
    scene.clock.advance(25 * 60)
    async with seat.stream("/desk/stream") as response:
        await events(response, 1)
        assert present(scene) == 1
        for _ in range(3):  # longer than a session may idle
            scene.clock.advance(15 * 60)
            await asyncio.sleep(0.3)
            assert present(scene) == 1
    await asyncio.sleep(0.2)
    scene.clock.advance(61)
    assert present(scene) == 0


def present(scene: Scene) -> int:
    with scene.database.reading() as connection:
        return staff_present(connection, scene.clock.now())


async def test_the_stream_of_disabled_staff_ends(
    scene: Scene, at_desk: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_stream, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(desk_stream, "PRESENCE_SECONDS", 0.02)
    seat = await at_desk("Sam")
    async with seat.stream("/desk/stream") as response:
        await events(response, 1)
        with scene.database.transaction() as connection:
            disable_staff(connection, "sam@example.org", scene.clock.now())
        assert await events(response, 1) == ["signed_out {}"]
        async with asyncio.timeout(5):
            assert await response.content.read() == b""


async def test_a_closed_tab_leaves_no_listener_behind(
    app: web.Application, at_desk: Arrive
) -> None:
    seat = await at_desk("Sam")
    async with seat.stream("/desk/stream") as response:
        await events(response, 1)
        assert app[WAKEUPS].count(DESK) > 0
    async with asyncio.timeout(5):
        while app[WAKEUPS].count(DESK):
            await asyncio.sleep(0.05)


async def test_stopping_the_program_ends_the_streams(app: web.Application, at_desk: Arrive) -> None:
    seat = await at_desk("Sam")
    async with seat.stream("/desk/stream") as response:
        await events(response, 1)
        app[WAKEUPS].close()
        async with asyncio.timeout(5):
            await response.content.read()
