"""What happens at the same moment, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from bot.conversation.store import messages_after
from bot.database import Database
from bot.desk import acts
from bot.desk.endings import NotShared
from bot.desk.live import read_live
from bot.desk.waiting import read_inbox
from bot.errors import Conflict
from bot.keys import Keys
from tests.conftest import FixedClock
from tests.desk.scene import Scene

Work = Callable[[Connection], object]


@pytest.fixture
def scene(database: Database, keys: Keys, clock: FixedClock) -> Scene:
    return Scene(database, keys, clock)


def at_once(scene: Scene, *works: Work) -> list[object]:
    """Run units of work at the same time, each in its transaction; return what each gave."""

    async def run() -> list[object]:
        writes = [scene.database.write(work) for work in works]
        return list(await asyncio.gather(*writes, return_exceptions=True))

    return asyncio.run(run())


def texts(scene: Scene, talk: str) -> list[str]:
    with scene.database.reading() as connection:
        return [found.text for found in messages_after(connection, talk, 0)]


def test_exactly_one_of_many_takes_a_conversation_over(scene: Scene) -> None:
    people = [scene.staff(name) for name in ("Sam", "Kim", "Lee", "Pat")]
    talk, now = scene.talk("Help"), scene.clock.now()
    scene.share(talk)

    def taking(number: int) -> Work:
        person = people[number]
        return lambda c: acts.take_over(
            c, talk, person, now, holder_id=None, line=f"{person.name} joined"
        )

    outcomes = at_once(scene, *(taking(number) for number in range(len(people))))
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 3
    winner = people[outcomes.index(None)]
    assert texts(scene, talk) == ["Help", f"{winner.name} joined"]


def test_a_reply_sent_many_times_at_once_is_stored_once(scene: Scene) -> None:
    sam, talk, now = scene.staff("Sam"), scene.talk("Help"), scene.clock.now()
    scene.share(talk)
    with scene.database.transaction() as connection:
        acts.take_over(connection, talk, sam, now, holder_id=None, line="Sam joined")

    def reply(connection: Connection) -> object:
        return acts.reply(connection, talk, sam, now, text="Hello", nonce="n" * 20)

    outcomes = at_once(scene, *(reply for _ in range(6)))
    assert len({outcome.id for outcome in outcomes}) == 1  # type: ignore[attr-defined]
    assert texts(scene, talk) == ["Help", "Sam joined", "Hello"]


def test_reading_is_refused_in_the_transaction_after_a_withdrawal(scene: Scene) -> None:
    sam, talk, now = scene.staff("Sam"), scene.talk("ann@example.org"), scene.clock.now()
    grant_id = scene.share(talk)

    def read(connection: Connection) -> object:
        return read_live(
            connection, scene.keys, talk, staff_id=sam.id, now=now, renewal=False
        ).lines

    with scene.database.transaction() as connection:
        assert [row.first_words for row in read_inbox(connection, sam.id, now)] == [
            "[e-mail address]"
        ]
        lines = read(connection)
    assert [line.words for line in lines] == ["ann@example.org"]  # type: ignore[attr-defined]
    scene.withdraw(talk)
    with pytest.raises(NotShared) as caught, scene.database.transaction() as connection:
        read(connection)
    assert caught.value.ending == "withdrawn"
    with scene.database.transaction() as connection:
        assert read_inbox(connection, sam.id, now) == []
    assert scene.reads(talk) == [
        (sam.id, "conversation.read", grant_id),
        (sam.id, "queue.read", grant_id),
    ]


def test_a_permission_that_ran_out_is_named_so(scene: Scene) -> None:
    sam, talk = scene.staff("Sam"), scene.talk("Help")
    scene.share(talk, days=7)
    with scene.database.transaction() as connection:
        now = scene.clock.advance(8 * 24 * 3600)
        with pytest.raises(NotShared) as caught:
            read_live(connection, scene.keys, talk, staff_id=sam.id, now=now, renewal=True)
    assert caught.value.ending == "expired"
