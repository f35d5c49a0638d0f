"""The pages behind links in mails: opening changes nothing, one button does, nobody else can."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import insert, select

import bot.channels
from bot.channels import links
from bot.conversation.stream import DESK, Wakeups
from bot.database import Database
from bot.database.tables import access_log, consent_event, staff
from bot.follow_ups import DueSender, confirm_follow_up, make_transport
from bot.follow_ups.links import CONFIRM_USE, UNSUBSCRIBE_USE
from bot.keys import Keys
from bot.privacy import DATA_LINK_USE, erase_visitor
from bot.settings import Settings
from bot.web_barrier import barrier
from bot.web_keys import CLOCK, DATABASE, KEYS, NOTICES, SETTINGS, TEXTS, WAKEUPS
from tests.conftest import FixedClock
from tests.follow_ups.scene import (
    ADDRESS,
    WORDS,
    Asked,
    ask_for_mail,
    follow_up_rows,
    some_notices,
    words_of,
)

pytestmark = pytest.mark.asyncio

TEMPLATES = Path(bot.channels.__file__).parent / "templates" / "links"


@pytest_asyncio.fixture
async def client(
    database: Database, settings: Settings, keys: Keys, clock: FixedClock
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application(middlewares=[barrier])
    app[DATABASE], app[SETTINGS], app[KEYS], app[CLOCK] = database, settings, keys, clock
    app[WAKEUPS], app[TEXTS] = Wakeups(), words_of(settings)
    app[NOTICES] = some_notices()
    loader = jinja2.PrefixLoader({"links": jinja2.FileSystemLoader(TEMPLATES)})
    aiohttp_jinja2.setup(app, loader=loader, undefined=jinja2.StrictUndefined)
    links.setup(app)
    async with TestClient(TestServer(app)) as found:
        yield found


@pytest.fixture
def asked(database: Database, settings: Settings, keys: Keys, clock: FixedClock) -> Asked:
    with database.transaction() as connection:
        return ask_for_mail(connection, settings, keys, clock.now())


@pytest.fixture
def confirmed(database: Database, settings: Settings, clock: FixedClock, asked: Asked) -> Asked:
    with database.transaction() as connection:
        confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    return asked


def confirm_path(keys: Keys, asked: Asked) -> str:
    return f"/follow-ups/confirm/{keys.sign(CONFIRM_USE, asked.given_event_id)}"


def stop_path(keys: Keys, event_id: str) -> str:
    return f"/permissions/unsubscribe/{keys.sign(UNSUBSCRIBE_USE, event_id)}"


def data_path(keys: Keys, asked: Asked) -> str:
    return f"/privacy/data/{keys.sign(DATA_LINK_USE, asked.visitor_id)}"


def actions(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.scalars(select(consent_event.c.action).order_by("seq")))


async def test_opening_links_fifty_times_changes_nothing(
    client: Any, database: Database, keys: Keys, asked: Asked
) -> None:
    before = actions(database)
    for path in (confirm_path(keys, asked), stop_path(keys, asked.given_event_id)):
        for _ in range(50):
            assert (await client.get(path)).status == 200
        assert (await client.head(path)).status == 200
    assert actions(database) == before
    assert follow_up_rows(database) == []


async def test_confirm_button_schedules_once(
    client: Any, database: Database, keys: Keys, asked: Asked
) -> None:
    path = confirm_path(keys, asked)
    page = await (await client.get(path)).text()
    assert "j***@example.org" in page
    assert ADDRESS not in page
    for _ in range(2):
        answer = await client.post(path, allow_redirects=False)
        assert answer.status == 200
        assert "The answer is on its way" in await answer.text()
    assert [row.state for row in follow_up_rows(database)] == ["scheduled"]
    assert actions(database).count("confirmed") == 1
    assert "already confirmed" in await (await client.get(path)).text()


async def test_confirm_of_a_lapsed_question_is_gone(
    client: Any, database: Database, keys: Keys, asked: Asked, clock: FixedClock
) -> None:
    clock.advance(7 * 86400 + 1)
    for answer in (
        await client.get(confirm_path(keys, asked)),
        await client.post(confirm_path(keys, asked)),
    ):
        assert answer.status == 410
        assert "Nothing was changed" in await answer.text()
    assert follow_up_rows(database) == []


async def test_one_click_ends_the_permission_once_and_cancels_the_mail(
    client: Any,
    database: Database,
    settings: Settings,
    keys: Keys,
    confirmed: Asked,
    clock: FixedClock,
) -> None:
    path = stop_path(keys, follow_up_rows(database)[0].grant_event_id)
    for _ in range(3):
        answer = await client.post(
            path, data={"List-Unsubscribe": "One-Click"}, allow_redirects=False
        )
        assert answer.status == 200
        assert "Set-Cookie" not in answer.headers
    assert actions(database).count("withdrawn") == 1
    assert [row.state for row in follow_up_rows(database)] == ["cancelled"]
    with database.reading() as connection:
        ended = connection.execute(
            select(consent_event).where(consent_event.c.action == "withdrawn")
        ).one()
    assert (ended.method, ended.contact_point_id) == ("one_click_post", confirmed.contact_point_id)
    sender = DueSender(database, keys, settings, words_of(settings), make_transport(settings))
    assert await sender.run_once(clock.now()) == 0


async def test_unsubscribe_leaves_other_permissions_alone(
    client: Any,
    database: Database,
    settings: Settings,
    keys: Keys,
    confirmed: Asked,
    clock: FixedClock,
) -> None:
    with database.transaction() as connection:
        other = ask_for_mail(connection, settings, keys, clock.now(), person="bert")
        confirm_follow_up(connection, other.given_event_id, clock.now(), settings=settings)
    await client.post(stop_path(keys, confirmed.given_event_id))
    states = {row.visitor_id: row.state for row in follow_up_rows(database)}
    assert states == {confirmed.visitor_id: "cancelled", other.visitor_id: "scheduled"}


async def test_unsubscribe_before_confirming_closes_the_question(
    client: Any, database: Database, keys: Keys, asked: Asked
) -> None:
    await client.post(stop_path(keys, asked.given_event_id))
    assert (await client.post(confirm_path(keys, asked))).status == 410
    assert follow_up_rows(database) == []


async def test_unsubscribe_works_years_later_after_erasure(
    client: Any, database: Database, keys: Keys, confirmed: Asked, clock: FixedClock
) -> None:
    path = stop_path(keys, follow_up_rows(database)[0].grant_event_id)
    with database.transaction() as connection:
        erase_visitor(
            connection, confirmed.visitor_id, clock.now(), asked_on="web", idem_prefix="forget"
        )
    before = actions(database)
    clock.advance(3 * 365 * 86400)
    assert (await client.post(path)).status == 200
    assert actions(database) == before


async def test_unsubscribe_wakes_the_chat_and_the_desk(
    client: Any, keys: Keys, confirmed: Asked
) -> None:
    wakeups: Wakeups = client.app[WAKEUPS]
    async with (
        wakeups.listen(confirmed.conversation_id) as chat,
        wakeups.listen(DESK) as desk,
    ):
        await client.post(stop_path(keys, confirmed.given_event_id))
        assert chat.is_set()
        assert desk.is_set()


async def test_tokens_open_only_what_they_were_made_for(
    client: Any, database: Database, keys: Keys, asked: Asked
) -> None:
    before = actions(database)
    good = keys.sign(CONFIRM_USE, asked.given_event_id)
    stranger = Keys(b"x" * 32).sign(CONFIRM_USE, asked.given_event_id)
    unknown = keys.sign(CONFIRM_USE, "no-such-event")
    for path in (
        f"/permissions/unsubscribe/{good}",
        f"/privacy/data/{good}",
        f"/privacy/data/{good}.json",
        f"/follow-ups/confirm/{good[:-1]}",
        f"/follow-ups/confirm/{stranger}",
        f"/follow-ups/confirm/{unknown}",
    ):
        assert (await client.get(path)).status == 404, path
        if not path.startswith("/privacy"):
            assert (await client.post(path)).status == 404, path
    assert actions(database) == before


async def test_data_page_shows_what_is_kept_and_the_file_has_all(
    client: Any, database: Database, keys: Keys, confirmed: Asked, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        connection.execute(
            insert(staff).values(
                id="s",
                email="ann@example.com",
                name="Ann",
                password_hash="-",
                created_at=clock.now(),
            )
        )
        connection.execute(
            insert(access_log).values(
                id="a",
                staff_id="s",
                conversation_id=confirmed.conversation_id,
                action="read",
                created_at=clock.now(),
            )
        )
    page = await (await client.get(data_path(keys, confirmed))).text()
    for shown in (WORDS, ADDRESS, "follow_up (en)?", "Ann"):
        assert shown in page
    for path in (f"{data_path(keys, confirmed)}.json", f"{data_path(keys, confirmed)}?format=json"):
        answer = await client.get(path)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        data = json.loads(await answer.text())
        assert data["contact_point"][0]["value"] == ADDRESS
        assert data["message_original"][0]["text"] == f"{WORDS} to {ADDRESS}"


async def test_data_link_ends_after_an_hour(
    client: Any, keys: Keys, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = data_path(keys, asked)
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 2_000_000_000.0)
    for link in (path, f"{path}.json"):
        assert (await client.get(link)).status == 410


async def test_privacy_notice_says_what_is_set(client: Any, settings: Settings) -> None:
    page = await (await client.get("/privacy")).text()
    assert '<html lang="en">' in page
    assert f"for {settings.originals_hours} hours" in page
    assert "after 90 days" in page
    assert "handoff (en)?" in page
    assert "News by mail" not in page
    dutch = await (await client.get("/privacy?lang=nl")).text()
    assert "Privacyverklaring" in dutch
    assert "handoff (nl)?" in dutch
    browser = await client.get("/privacy", headers={"Accept-Language": "nl-NL,nl;q=0.9"})
    assert "Privacyverklaring" in await browser.text()


async def test_pages_load_nothing_from_elsewhere_and_are_not_kept(
    client: Any, keys: Keys, asked: Asked
) -> None:
    for path in (confirm_path(keys, asked), "/privacy", data_path(keys, asked)):
        answer = await client.get(path)
        page = await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in page
        assert "style=" not in page
        assert "//" not in page.replace("<!doctype", "")


async def test_both_languages_have_the_same_words(settings: Settings) -> None:
    texts = words_of(settings)
    for face in ("links", "mail"):
        files = [
            set(_keys(settings.project_dir / "texts" / face / f"{language}.yml"))
            for language in ("en", "nl")
        ]
        assert files[0] == files[1]
    assert texts.get("nl")["links.stop_button"] != texts.get("en")["links.stop_button"]


def _keys(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.partition(":")[0] for line in lines if line and not line.startswith("#")]
