"""What visitors named, as staff see it: beside the words, and as the day a mail is wanted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.database.tables import message
from tests.desk.scene import Scene
from tests.desk.test_browser import Screen, browser, populated, screen, violations  # noqa: F401
from tests.desk.test_pages import Arrive, wish

pytestmark = pytest.mark.asyncio

WEEK = (date.today() + timedelta(days=3), date.today() + timedelta(days=9))  # noqa: DTZ011
FOUND = [
    {"entity": "order_number", "value": "<AB-48213>"},
    {"entity": "product", "value": "Zephyr 10"},
    {"entity": "amount", "value": "€ 12,50"},
    {"entity": "date", "value": "yesterday", "first": "2020-01-01", "last": "2020-01-01"},
    {
        "entity": "date",
        "value": "volgende week",
        "first": WEEK[0].isoformat(),
        "last": WEEK[1].isoformat(),
    },
    {"entity": "date", "value": "on Monday"},
]


def let_be_found(scene: Scene) -> None:
    with scene.database.transaction() as connection:
        said = update(message).where(message.c.author == "visitor")
        connection.execute(said.values(body={"found": FOUND}))


async def test_transcript_shows_what_was_named_and_days_only_when_certain(
    scene: Scene, at_desk: Arrive
) -> None:
    talk = scene.talk("My words")
    scene.resolved(talk)
    let_be_found(scene)
    page = await (await at_desk("Sam")).get(f"/desk/transcripts/{talk}")
    assert "&lt;AB-48213&gt;" in page
    assert f'<time datetime="{WEEK[0]}">' in page
    assert '<b dir="auto">on Monday</b></li>' in page


async def test_follow_up_says_on_what_day_it_is_wanted_and_no_words_in_the_list(
    scene: Scene, at_desk: Arrive
) -> None:
    row_id = wish(scene)
    let_be_found(scene)
    seat = await at_desk("Sam")
    page = await seat.get("/desk/follow-ups")
    assert f'<time datetime="{WEEK[0]}">' in page
    assert "volgende week" not in page
    assert "2020-01-01" not in page
    assert "(volgende week)" in await seat.get(f"/desk/follow-ups/{row_id}")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
async def test_pages_with_all_of_it_are_accessible_and_fit(
    screen: Screen,  # noqa: F811
    width: int,
    scheme: Any,
) -> None:
    await screen.page.set_viewport_size({"width": width, "height": 700})
    await screen.page.emulate_media(color_scheme=scheme)
    await screen.sign_in(screen.scene.staff())
    pages = populated(screen.scene)
    let_be_found(screen.scene)
    for name in ("live", "transcript", "follow-ups", "news"):
        await screen.open(pages[name])
        assert await violations(screen.page) == [], name
