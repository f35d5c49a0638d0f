from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from bot.conversation.store import get_conversation, messages_after
from bot.conversation.stream import DESK
from bot.conversation.types import Message
from bot.database.tables import handoff, message_original
from bot.web_keys import WAKEUPS
from tests.desk.conftest import Seat
from tests.desk.scene import Scene

pytestmark = pytest.mark.asyncio

Arrive = Callable[[str], Awaitable[Seat]]


def messages(scene: Scene, talk: str) -> list[Message]:
    with scene.database.reading() as connection:
        return list(messages_after(connection, talk, 0))


def status_of(scene: Scene, talk: str) -> str:
    with scene.database.reading() as connection:
        return get_conversation(connection, talk).status


async def taken(scene: Scene, seat: Seat, *texts: str, language: str = "en") -> tuple[str, str]:
    """Share a conversation and take it over; return its id and its page's address."""
    talk = scene.talk(*(texts or ("Help",)), language=language)
    scene.share(talk)
    path = f"/desk/conversations/{talk}"
    await seat.get(path)
    await seat.post(f"{path}/take-over")
    assert seat.status == 303
    await seat.get(path)
    return talk, path


async def test_the_inbox_shows_who_waits_with_need_and_first_words(
    scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk()
    scene.answer(talk, scene.say(talk, "<b>Ann</b> ann@example.org fails"), need="fix_problem")
    scene.answer(talk, scene.say(talk, "A person"), need="ask_person")
    grant_id = scene.share(talk)
    scene.clock.advance(7 * 60)
    seat = await at_desk("Sam")
    for _ in range(2):
        page = await seat.get("/desk")
        assert "&lt;b&gt;Ann&lt;/b&gt; [e-mail address] fails" in page
        assert "1 visitor is waiting" in page
        assert "waiting long" in page
        assert "7 min" in page
        assert "fix a problem" in page
        assert "<title>(1) Inbox" in page
    assert [read[1:] for read in scene.reads(talk)] == [("queue.read", grant_id)]


async def test_the_empty_inbox_says_so(at_desk: Arrive) -> None:
    page = await (await at_desk("Sam")).get("/desk")
    assert "Nobody is waiting." in page
    assert '<a href="/desk/transcripts">transcripts</a>' in page


async def test_the_inbox_puts_the_longest_waiting_first_and_tells_whose_they_are(
    scene: Scene, at_desk: Arrive
) -> None:
    first = scene.talk("First words")
    scene.share(first)
    scene.clock.advance(60)
    scene.share(scene.talk("Second words"))
    sam, kim = await at_desk("Sam"), await at_desk("Kim")
    page = await sam.get("/desk")
    assert page.index("First words") < page.index("Second words")
    await sam.post(f"/desk/conversations/{first}/take-over", form_token=_token(page))
    page = await kim.get("/desk")
    assert page.index("Second words") < page.index("First words")
    assert "with Sam for" in page


def _token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found.group(1)


async def test_a_live_conversation_shows_the_visitors_own_words_and_is_written_down(
    scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk()
    source = {"title": "Paying", "url": "javascript:alert(1)", "article": "p"}
    first = scene.say(talk, "I am ann@example.org, card 4111 1111 1111 1111 <script>x</script>")
    scene.answer(talk, first, "*See* <i>this</i>", confidence=0.87, sources=[source])
    grant_id = scene.share(talk)
    page = await (await at_desk("Sam")).get(f"/desk/conversations/{talk}")
    assert "I am ann@example.org, card [card number] &lt;script&gt;x&lt;/script&gt;" in page
    assert "*See* &lt;i&gt;this&lt;/i&gt;" in page
    assert "javascript:" not in page
    assert "87 % sure" in page
    assert "share with staff: yes" in page
    assert [read[1:] for read in scene.reads(talk)] == [("conversation.read", grant_id)]


async def test_an_open_page_that_renews_itself_adds_no_reading_but_a_reload_does(
    scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk("Help")
    scene.share(talk)
    seat = await at_desk("Sam")
    path = f"/desk/conversations/{talk}"
    await seat.get(path)
    await seat.get(path, **{"X-Desk-Renewal": "1"})
    assert len(scene.reads(talk)) == 1
    await seat.get(path)
    assert len(scene.reads(talk)) == 2
    scene.clock.advance(601)
    await seat.get(path, **{"X-Desk-Renewal": "1"})
    assert len(scene.reads(talk)) == 3


async def test_a_conversation_that_was_never_shared_is_refused(
    scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk("My secret")
    page = await (await at_desk("Sam")).get(f"/desk/conversations/{talk}")
    assert "My secret" not in page
    assert "has not agreed" in page
    assert scene.reads(talk) == []


async def test_an_unknown_conversation_is_not_found(at_desk: Arrive) -> None:
    seat = await at_desk("Sam")
    await seat.get(f"/desk/conversations/{'0' * 32}")
    assert seat.status == 404


async def test_after_a_withdrawal_every_request_is_refused_with_the_reason(
    scene: Scene, at_desk: Arrive
) -> None:
    seat = await at_desk("Sam")
    talk, path = await taken(scene, seat, "My secret")
    form = seat.page
    scene.withdraw(talk)
    before, reads = len(messages(scene, talk)), len(scene.reads(talk))
    page = await seat.get(path)
    assert seat.status == 403
    assert "The visitor ended the sharing" in page
    assert "My secret" not in page
    for action in ("reply", "take-over", "hand-back", "resolve"):
        seat.page = form
        page = await seat.post(f"{path}/{action}", text="Hello")
        assert seat.status == 403, action
        assert "The visitor ended the sharing" in page
    assert len(messages(scene, talk)) == before
    assert len(scene.reads(talk)) == reads
    assert "My secret" not in await seat.get("/desk")


async def test_a_permission_that_ran_out_ends_the_view(scene: Scene, at_desk: Arrive) -> None:
    talk = scene.talk("My secret")
    scene.share(talk, days=7)
    scene.clock.advance(7 * 24 * 3600)
    seat = await at_desk("Sam")
    page = await seat.get(f"/desk/conversations/{talk}")
    assert seat.status == 403
    assert "has run out" in page
    assert "My secret" not in page + await seat.get("/desk")


async def test_taking_over_tells_the_visitor_who_has_joined(
    app: web.Application, scene: Scene, at_desk: Arrive
) -> None:
    seat = await at_desk("Sam Staff")
    talk = scene.talk("Waar is mijn pakket?", language="nl")
    scene.share(talk)
    path = f"/desk/conversations/{talk}"
    await seat.get(path)
    async with app[WAKEUPS].listen(talk) as visitor, app[WAKEUPS].listen(DESK) as colleagues:
        await seat.post(f"{path}/take-over")
        assert visitor.is_set()
        assert colleagues.is_set()
    last = messages(scene, talk)[-1]
    assert (last.author, last.body["kind"]) == ("system", "handoff")
    assert last.text == "Sam Staff (een mens) is erbij gekomen."


async def test_of_two_who_take_over_at_once_exactly_one_wins(scene: Scene, at_desk: Arrive) -> None:
    seats = [await at_desk("Sam"), await at_desk("Kim")]
    talk = scene.talk("Help")
    scene.share(talk)
    for seat in seats:
        await seat.get(f"/desk/conversations/{talk}")
    await asyncio.gather(*(seat.post(f"/desk/conversations/{talk}/take-over") for seat in seats))
    assert sorted(seat.status for seat in seats) == [303, 409]
    joined = [found for found in messages(scene, talk) if found.author == "system"]
    assert len(joined) == 1
    winner = "Sam" if seats[0].status == 303 else "Kim"
    loser = next(seat for seat in seats if seat.status == 409)
    assert f"{winner} took this conversation 0 s ago." in loser.page
    assert joined[0].text.startswith(winner)


async def test_taking_over_twice_changes_nothing(scene: Scene, at_desk: Arrive) -> None:
    seat = await at_desk("Sam")
    talk, path = await taken(scene, seat)
    await seat.post(f"{path}/take-over")
    assert seat.status == 303
    assert len(messages(scene, talk)) == 2


async def test_a_colleague_takes_over_from_the_one_the_page_named(
    scene: Scene, at_desk: Arrive
) -> None:
    sam, kim, lee = await at_desk("Sam"), await at_desk("Kim"), await at_desk("Lee")
    talk, path = await taken(scene, sam)
    page = await kim.get(path)
    assert "Take over from Sam" in page
    holder = re.search(r'name="holder" value="([^"]+)"', page)
    assert holder
    await lee.get(path)
    await kim.post(f"{path}/take-over", holder=holder.group(1))
    assert kim.status == 303
    await lee.post(f"{path}/take-over", holder=holder.group(1))
    assert lee.status == 409
    assert "Kim took" in lee.page
    await sam.post(f"{path}/reply", text="Still here")
    assert sam.status == 409
    assert "Still here" in sam.page
    assert [found.text for found in messages(scene, talk)][1:] == [
        "Sam (a person) has joined.",
        "Kim (a person) has joined.",
    ]


async def test_a_reply_reaches_the_visitor_once_however_often_the_form_arrives(
    app: web.Application, scene: Scene, at_desk: Arrive
) -> None:
    seat = await at_desk("Sam")
    talk, path = await taken(scene, seat)
    form = seat.page
    async with app[WAKEUPS].listen(talk) as visitor:
        await seat.post(f"{path}/reply", text="Hello\r\nthere ")
        assert visitor.is_set()
    seat.page = form
    await asyncio.gather(*(seat.post(f"{path}/reply", text="Hello there") for _ in range(3)))
    replies = [found for found in messages(scene, talk) if found.author == "staff"]
    assert [(found.text, found.channel) for found in replies] == [("Hello\nthere", "desk")]
    assert replies[0].staff_id
    await seat.get(path)
    await seat.post(f"{path}/reply", text="And more")
    assert len([found for found in messages(scene, talk) if found.author == "staff"]) == 2


async def test_a_reply_never_stores_a_card_number(scene: Scene, at_desk: Arrive) -> None:
    seat = await at_desk("Sam")
    talk, path = await taken(scene, seat)
    await seat.post(f"{path}/reply", text="Is it 4111 1111 1111 1111?")
    assert messages(scene, talk)[-1].text == "Is it [card number]?"


@pytest.mark.parametrize(("text", "says"), [("  ", "Write something"), ("x" * 4001, "at most")])
async def test_a_reply_that_cannot_be_sent_is_kept_on_the_page(
    scene: Scene, at_desk: Arrive, text: str, says: str
) -> None:
    seat = await at_desk("Sam")
    talk, path = await taken(scene, seat)
    page = await seat.post(f"{path}/reply", text=text)
    assert seat.status == 400
    assert says in page
    assert text.strip() in page
    assert len(messages(scene, talk)) == 2


async def test_nobody_replies_before_taking_over(scene: Scene, at_desk: Arrive) -> None:
    seat = await at_desk("Sam")
    talk = scene.talk("Help")
    scene.share(talk)
    path = f"/desk/conversations/{talk}"
    page = await seat.get(path)
    assert "Take the conversation over to answer" in page
    for action in ("reply", "hand-back", "resolve"):
        await seat.post(f"{path}/{action}", text="Hello", nonce="n" * 20)
        assert seat.status == 409, action
    assert len(messages(scene, talk)) == 1


@pytest.mark.parametrize(
    ("action", "status", "line"),
    [
        ("hand-back", "pending", "Sam has left. You are with the assistant again"),
        ("resolve", "resolved", "Sam has closed this conversation."),
    ],
)
async def test_ending_tells_the_visitor_and_frees_the_conversation(
    scene: Scene, at_desk: Arrive, action: str, status: str, line: str
) -> None:
    seat = await at_desk("Sam")
    talk, path = await taken(scene, seat)
    form = seat.page
    await seat.post(f"{path}/{action}")
    assert seat.status == 303
    assert status_of(scene, talk) == status
    assert messages(scene, talk)[-1].text.startswith(line)
    assert 'role="status"' in await seat.get(seat.where)
    seat.page = form
    await seat.post(f"{path}/{action}")  # the form once more
    assert seat.status == 303
    assert len(messages(scene, talk)) == 3
    await seat.get(path)
    assert seat.status == 403


async def test_a_message_without_its_original_is_shown_redacted(
    scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk("I am ann@example.org")
    scene.share(talk)
    seat = await at_desk("Sam")
    with scene.database.transaction() as connection:
        connection.execute(message_original.update().values(text_encrypted=b"of other keys"))
    assert "I am [e-mail address]" in await seat.get(f"/desk/conversations/{talk}")
    with scene.database.transaction() as connection:
        connection.execute(message_original.delete())
    assert "I am [e-mail address]" in await seat.get(f"/desk/conversations/{talk}")


async def test_a_database_gate_stays_closed_to_the_desk(scene: Scene, at_desk: Arrive) -> None:
    """The rows say what is live: a handoff cannot be revived after the visitor withdrew."""
    seat = await at_desk("Sam")
    talk, path = await taken(scene, seat)
    scene.withdraw(talk)
    with scene.database.reading() as connection:
        rows = connection.execute(handoff.select()).all()
    assert [(row.state, row.live_grant_id) for row in rows] == [("revoked", None)]
    await seat.get(path)
    assert seat.status == 403
