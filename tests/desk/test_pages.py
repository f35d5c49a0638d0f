"""Transcripts and follow-ups as pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import insert, select

from bot.clock import new_id
from bot.consent.acts import ask, confirm, give
from bot.consent.contacts import store_contact_point
from bot.database.tables import follow_up, outbox
from bot.follow_ups.content import Content
from bot.knowledge.golden import Broken, GoldenQuestion
from bot.settings import Settings, load_settings
from bot.web_keys import KNOWLEDGE, SETTINGS
from tests.consent.scene import notice_id
from tests.desk.conftest import Seat
from tests.desk.scene import Scene

pytestmark = pytest.mark.asyncio

Arrive = Callable[[str], Awaitable[Seat]]


async def test_the_transcript_list_holds_no_words_and_opening_one_is_written_down(
    scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk()
    scene.answer(talk, scene.say(talk, "Where is <b>Ann</b>, ann@example.org?"))
    scene.resolved(talk)
    seat = await at_desk("Sam")
    page = await seat.get("/desk/transcripts?words=where&need=learn_how")
    assert f'href="/desk/transcripts/{talk}?need=learn_how&amp;words=where"' in page
    assert "Ann" not in page
    assert scene.reads(talk) == []
    page = await seat.get(f"/desk/transcripts/{talk}?need=learn_how&words=where")
    assert "Where is &lt;b&gt;Ann&lt;/b&gt;, [e-mail address]?" in page
    assert "92 % sure" in page
    await seat.get(f"/desk/transcripts/{talk}")
    assert [read[1] for read in scene.reads(talk)] == ["transcript.read", "transcript.search"]


async def test_addresses_in_staff_replies_are_redacted_in_transcripts(
    scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk("Help")
    scene.share(talk)
    seat = await at_desk("Sam")
    path = f"/desk/conversations/{talk}"
    await seat.get(path)
    await seat.post(f"{path}/take-over")
    await seat.get(path)
    await seat.post(f"{path}/reply", text="I wrote to ann@example.org")
    assert "ann@example.org" in await seat.get(path)
    page = await seat.get(f"/desk/transcripts/{talk}")
    assert "I wrote to [e-mail address]" in page
    assert "ann@example.org" not in page


async def test_a_transcript_that_may_not_be_read_says_why(scene: Scene, at_desk: Arrive) -> None:
    refused, live = scene.talk("My secret"), scene.talk("My secret")
    scene.refuse(refused)
    scene.resolved(refused)
    seat = await at_desk("Sam")
    for talk, reason in ((refused, "refused or ended sharing"), (live, "still going on")):
        page = await seat.get(f"/desk/transcripts/{talk}")
        assert seat.status == 403
        assert reason in page
        assert "My secret" not in page
        assert scene.reads(talk) == []


async def test_switched_off_review_is_announced(
    app: web.Application, settings: Settings, scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk("Help")
    scene.resolved(talk)
    app._state[SETTINGS] = load_settings(data_dir=settings.data_dir, staff_review=False)
    seat = await at_desk("Sam")
    page = await seat.get("/desk/transcripts")
    assert "switched off" in page
    assert talk not in page
    await seat.get(f"/desk/transcripts/{talk}")
    assert seat.status == 403


@pytest.mark.parametrize(
    "query", ["page=x", "page=-1", "page=99999999999999999999", "since=yesterday", "words=%00%25"]
)
async def test_a_query_that_means_nothing_filters_nothing(at_desk: Arrive, query: str) -> None:
    seat = await at_desk("Sam")
    await seat.get(f"/desk/transcripts?{query}")
    assert seat.status == 200


def wish(scene: Scene, kind: str = "news", **values: object) -> str:
    """Give a visitor a confirmed follow-up; return its id."""
    talk = scene.talk()
    asking = scene.say(talk, "Tell me <i>when</i> it is fixed, ann@example.org")
    scene.answer(talk, asking, need="ask_follow_up")
    visitor_id, now = scene.visitor_of(talk), scene.clock.now()
    with scene.database.transaction() as connection:
        address = store_contact_point(
            connection,
            scene.keys,
            visitor_id=visitor_id,
            kind="email",
            value="ann@example.org",
            now=now,
        )
        asked = ask(
            connection,
            now,
            visitor_id=visitor_id,
            purpose="follow_up",
            channel="email",
            scope_id=asking,
            asked_on="web",
            notice_id=notice_id("follow_up"),
            idem_key=new_id(),
        )
        given = give(
            connection,
            now,
            request_event_id=asked.id,
            method="typed",
            idem_key=new_id(),
            contact_point_id=address,
            expires_at=now + timedelta(days=90),
        )
        grant = confirm(connection, given.id, now, "email_link")
        row = {
            "id": new_id(),
            "conversation_id": talk,
            "visitor_id": visitor_id,
            "channel": "email",
            "contact_point_id": address,
            "scope_id": asking,
            "grant_event_id": grant.id,
            "live_grant_id": grant.id,
            "state": "offered",
            "kind": kind,
            "language": "en",
            "subject": "",
            "created_at": now,
            **values,
        }
        connection.execute(insert(follow_up).values(row))
    return str(row["id"])


def talk_of(scene: Scene, row_id: str) -> str:
    with scene.database.reading() as connection:
        return str(
            connection.scalar(select(follow_up.c.conversation_id).where(follow_up.c.id == row_id))
        )


def stored(scene: Scene, row_id: str) -> tuple[str, str | None, object]:
    with scene.database.reading() as connection:
        row = connection.execute(select(follow_up).where(follow_up.c.id == row_id)).one()
    return row.state, row.content, row.due_at


async def test_follow_ups_are_listed_with_masked_addresses_and_their_trouble(
    scene: Scene, at_desk: Arrive
) -> None:
    wish(scene)
    wish(scene, "answer", state="scheduled", attempts=7, last_error="The mail server is away.")
    page = await (await at_desk("Sam")).get("/desk/follow-ups")
    assert "a***@example.org" in page
    assert "ann@example.org" not in page
    assert "The mail server is away." in page
    assert "Keeps failing" in page
    assert page.count("Write the news</a>") == 1


async def test_news_is_written_under_the_visitors_permission_and_leaves(
    scene: Scene, at_desk: Arrive
) -> None:
    row_id, seat = wish(scene), await at_desk("Sam")
    page = await seat.get(f"/desk/follow-ups/{row_id}")
    assert "Tell me &lt;i&gt;when&lt;/i&gt; it is fixed, [e-mail address]" in page
    page = await seat.post(f"/desk/follow-ups/{row_id}", text="  ")
    assert seat.status == 400
    await seat.post(f"/desk/follow-ups/{row_id}", text="It is fixed.")
    assert (seat.status, seat.where) == (303, "/desk/follow-ups?done=news")
    assert stored(scene, row_id) == (
        "scheduled",
        Content("It is fixed.").to_json(),
        scene.clock.now(),
    )
    seat.page = page
    await seat.post(f"/desk/follow-ups/{row_id}", text="Twice")
    assert seat.status == 409
    await seat.get(f"/desk/follow-ups/{row_id}")
    assert seat.status == 409
    with scene.database.reading() as connection:
        grant = connection.scalar(select(follow_up.c.grant_event_id))
    assert [read[1:] for read in scene.reads(talk_of(scene, row_id))] == [
        ("follow_up.read", grant)
    ] * 2


async def test_news_is_not_written_after_the_visitor_withdrew_or_the_permission_ran_out(
    scene: Scene, at_desk: Arrive
) -> None:
    first, second, seat = wish(scene), wish(scene), await at_desk("Sam")
    form = await seat.get(f"/desk/follow-ups/{first}")
    scene.withdraw(talk_of(scene, first))
    await seat.post(f"/desk/follow-ups/{first}", text="It is fixed.")
    assert seat.status == 409
    assert stored(scene, first)[0] == "cancelled"
    scene.clock.advance(91 * 24 * 3600)
    await seat.sign_in(scene.staff("Kim"))
    await seat.get(f"/desk/follow-ups/{second}")
    assert seat.status == 409
    assert "ann" not in await seat.get("/desk/follow-ups")
    assert form


async def test_confirmation_mails_that_wait_are_shown_without_an_address(
    scene: Scene, at_desk: Arrive
) -> None:
    row_id = wish(scene)
    with scene.database.transaction() as connection:
        row = connection.execute(select(follow_up).where(follow_up.c.id == row_id)).one()
        connection.execute(
            insert(outbox).values(
                id=new_id(),
                kind="confirmation",
                visitor_id=row.visitor_id,
                contact_point_id=row.contact_point_id,
                given_event_id=row.grant_event_id,
                language="en",
                attempts=3,
                last_error="The mail server does not answer.",
                next_attempt_at=scene.clock.now(),
                created_at=scene.clock.now(),
            )
        )
    page = await (await at_desk("Sam")).get("/desk/follow-ups")
    assert "The mail server does not answer." in page.split("have not left</h2>")[1]
    assert "example.org" not in page.split("have not left</h2>")[1]


async def test_inbox_says_which_golden_question_holds_changed_articles_back(
    app: web.Application, at_desk: Arrive
) -> None:
    asked = GoldenQuestion("when <i>open</i>", "en/hours", "en", "golden/questions.csv", 3)
    nobody = GoldenQuestion("who won", None, "en", "golden/questions.csv", 4)
    seat = await at_desk("Sam")
    assert "not in use yet" not in await seat.get("/desk")
    app[KNOWLEDGE].held_back = (Broken(asked, ()), Broken(nobody, ("en/cups", "en/games")))
    page = await seat.get("/desk")
    assert "Changed articles are not in use yet" in page
    assert (
        "<code>golden/questions.csv:3</code>: “when &lt;i&gt;open&lt;/i&gt;” is for en/hours; "
        "nothing would answer." in page
    )
    assert "“who won” is for no article; en/cups, en/games would answer." in page
