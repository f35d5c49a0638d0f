from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from click.testing import CliRunner
from sqlalchemy import select

from bot.cli.main import main
from bot.database import Database
from bot.database.tables import article_helpful
from bot.help_centre.helpful import Said, count, counts_since
from bot.opening import open_database
from bot.retention import run_retention
from bot.settings import Settings, load_settings
from bot.web_guard import CAPACITY
from bot.web_keys import CLOCK, DATABASE
from tests.conftest import FixedClock
from tests.help_centre.conftest import Client, fetch

PATH = "/help/en/billing/faq"


async def send(client: Client, query: str, path: str = PATH, **headers: str) -> tuple[int, str]:
    response = await client.post(f"{path}?{query}", headers=headers, allow_redirects=False)
    return response.status, response.headers.get("Location", "")


def rows(app: web.Application) -> list[tuple[object, ...]]:
    with app[DATABASE].reading() as connection:
        return [tuple(row) for row in connection.execute(select(article_helpful))]


async def test_answer_is_counted_and_thanked_for(client: Client, app: web.Application) -> None:
    assert "Was this article helpful?" in await fetch(client, PATH)
    status, location = await send(client, "helpful=yes")
    await send(client, "helpful=yes", Origin="https://help.example.org")
    await send(client, "helpful=no", **{"Sec-Fetch-Site": "same-origin"})

    assert (status, location) == (303, f"{PATH}?helpful=yes#page.helpful")
    thanks = await fetch(client, location.partition("#")[0])
    assert "Thank you" in thanks and "Was this article helpful?" not in thanks
    assert "Ask the assistant" in await fetch(client, f"{PATH}?helpful=no")
    today = app[CLOCK].now().date()
    assert rows(app) == [("en/Billing/faq", "en", today, 2, 1)]


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site", "Origin": "https://help.example.org"}],
)  # fmt: skip
async def test_other_sites_cannot_answer(
    client: Client, app: web.Application, headers: dict[str, str]
) -> None:
    assert (await send(client, "helpful=yes", **headers))[0] == 403
    assert rows(app) == []


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [(PATH, "helpful=perhaps", 400), (PATH, "", 400), ("/help/en/none", "helpful=yes", 404),
     ("/help/tlh/website", "helpful=no", 404), ("/help/en/billing/_index", "helpful=no", 404),
     ("/help/en/%00", "helpful=no", 404)],
)  # fmt: skip
async def test_answer_about_nothing_is_refused(
    client: Client, app: web.Application, path: str, query: str, status: int
) -> None:
    assert (await send(client, query, path))[0] == status
    assert rows(app) == []


async def test_too_many_answers_at_once_are_refused(client: Client, app: web.Application) -> None:
    codes = [(await send(client, "helpful=no"))[0] for _ in range(CAPACITY + 1)]

    assert codes == [303] * CAPACITY + [429]
    assert rows(app)[0][4] == CAPACITY


async def test_answers_at_the_same_moment_all_count(client: Client, app: web.Application) -> None:
    await asyncio.gather(*(send(client, "helpful=yes") for _ in range(CAPACITY)))

    assert rows(app)[0][3] == CAPACITY


def test_counts_are_added_up_from_a_day_on(database: Database) -> None:
    day = date(2026, 11, 22)
    with database.transaction() as connection:
        for said in ("yes", "no", "no"):
            count(connection, "en/a", "en", day, said)
        count(connection, "en/a", "en", day - timedelta(days=1), "yes")
        count(connection, "nl/b", "nl", day, "yes")
        found = counts_since(connection, day)
        older = counts_since(connection, day - timedelta(days=1))

    assert found == [Said("en/a", "en", 1, 2), Said("nl/b", "nl", 1, 0)]
    assert older[0] == Said("en/a", "en", 2, 2)


def test_counts_go_after_two_years(
    database: Database, settings: Settings, clock: FixedClock
) -> None:
    today = clock.now().date()
    with database.transaction() as connection:
        for days in (0, 730, 731):
            count(connection, "en/a", "en", today - timedelta(days=days), "yes")
        assert run_retention(connection, settings, clock.now()).helpful == 1
        assert run_retention(connection, settings, clock.now()).helpful == 0


def test_owner_sees_the_counts(tmp_path: Path, clock: FixedClock) -> None:
    opened = open_database(load_settings(data_dir=tmp_path))
    with opened.transaction() as connection:
        count(connection, "en/a", "en", clock.now().date(), "no")
    opened.close()
    environment = {"ASKFIRST_DATA_DIR": str(tmp_path)}
    listed = CliRunner().invoke(main, ["knowledge", "helpful"], env=environment)
    as_json = CliRunner().invoke(main, ["knowledge", "helpful", "--json"], env=environment)

    assert listed.output.split() == ["1", "no", "0", "yes", "en", "en/a"]
    assert json.loads(as_json.output) == [{"article": "en/a", "language": "en", "yes": 0, "no": 1}]
