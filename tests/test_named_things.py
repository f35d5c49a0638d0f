"""What a visitor named, used for them: said back, kept, shown, searched with, mailed on its day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import update

from actions.named import Products
from bot.database import Database
from bot.database.tables import message
from bot.follow_ups import confirm_follow_up
from bot.keys import Keys
from bot.knowledge import Answer, Knowledge, NoAnswer, find_answer
from bot.privacy.export import export_visitor
from bot.settings import Settings
from bot.staff import add_staff, hash_password
from bot.web import Assistant
from tests.conftest import FixedClock
from tests.desk.scene import PASSWORD
from tests.follow_ups.scene import ask_for_mail
from tests.live import Visitor, new_visitor

ARTICLE = "---\ntitle: {title}\n---\n\n{text}\n"


async def test_number_is_said_back_kept_and_seen_by_staff(
    visitor: Visitor, assistant: Assistant, client: TestClient[Any, Any]
) -> None:
    replies = await visitor.ask("Where is my order number 48213? I paid €12,50, bel 0612345678")
    assert "48213" in replies[-1]["text"]
    assert replies[-1]["buttons"][-1]["payload"] == "/ask_person"
    (question,) = await visitor.press(replies[-1], -1)
    await visitor.press(question, 0)
    page = await page_at_desk(client, assistant)
    named = page.split('<dl id="facts"')[1]
    assert "Number" in named
    assert "48213" in named
    assert "€12,50" in page
    stored = await found_in(assistant)
    assert [(one["entity"], one["value"]) for one in stored] == [
        ("order_number", "48213"),
        ("amount", "€12,50"),
    ]
    assert "0612345678" not in str(stored)


async def test_number_of_an_earlier_message_is_still_known(visitor: Visitor) -> None:
    await visitor.ask("my order number is 48213")
    replies = await visitor.ask("has my order been shipped yet?")
    assert "48213" in replies[-1]["text"]


async def test_dutch_visitor_is_told_the_same(client: TestClient[Any, Any]) -> None:
    visitor = await new_visitor(client, "nl")
    replies = await visitor.ask("waar blijft mijn bestelling 2026-0012?")
    assert "2026-0012" in replies[-1]["text"]
    assert "medewerkers" in replies[-1]["text"]


@pytest.mark.parametrize(
    ("text", "days"),
    [("Please email me a reminder tomorrow about my appointment", 1)],
)
async def test_day_that_is_wanted_is_said_back_and_kept(
    visitor: Visitor, assistant: Assistant, text: str, days: int
) -> None:
    replies = await visitor.ask(text)
    day = (date.today() + timedelta(days=days)).isoformat()  # noqa: DTZ011  # as the program does
    assert day in replies[0]["text"]
    assert replies[-1]["kind"] == "question"
    (found,) = await found_in(assistant)
    assert (found["entity"], found["first"]) == ("date", day)


async def found_in(assistant: Assistant) -> list[dict[str, str]]:
    """Return what the visitor's export says was found in their messages."""
    services = assistant.services
    with services.database.reading() as connection:
        visitor_id = connection.exec_driver_sql("SELECT id FROM visitor").scalar_one()
        export = export_visitor(connection, services.keys, visitor_id, services.clock.now())
    return [one for row in export["message"] for one in row["body"].get("found", ())]


async def page_at_desk(client: TestClient[Any, Any], assistant: Assistant) -> str:
    """Sign in as staff and open the conversation that waits."""
    services = assistant.services
    await services.database.write(
        lambda connection: add_staff(
            connection,
            email="sam@example.org",
            name="Sam",
            password_hash=hash_password(PASSWORD),
            now=services.clock.now(),
        )
    )
    entered = {"email": "sam@example.org", "password": PASSWORD}
    async with client.post("/desk/sign-in", data=entered) as response:
        inbox = await response.text()
    path = inbox.split('href="/desk/conversations/')[1].split('"')[0]
    async with client.get(f"/desk/conversations/{path}") as response:
        return await response.text()


async def test_product_prefers_its_articles(tmp_path: Path) -> None:
    for number, name in enumerate(("Breeze 5", "Zephyr 10")):
        path = tmp_path / "en" / f"{number}.md"
        path.parent.mkdir(exist_ok=True)
        text = f"Rinse the filter of the {name} under the tap."
        path.write_text(ARTICLE.format(title=f"Clean the filter of the {name}", text=text))
    knowledge = Knowledge.load(tmp_path, languages=("en",))

    def find(text: str) -> Answer | NoAnswer:
        return find_answer(knowledge, text, language="en", base_url="http://site")

    aliased = Products({"windmaker": "Zephyr 10"}).find(find, "clean the filter of my windmaker")
    remembered = Products(before="Zephyr 10").find(find, "how do I clean the filter?")
    unrelated = Products(before="Zephyr 10").find(find, "who won the match?")
    assert [isinstance(one, Answer) and one.sources[0].title for one in (aliased, remembered)] == [
        "Clean the filter of the Zephyr 10"
    ] * 2
    assert isinstance(unrelated, NoAnswer)


@pytest.mark.parametrize(("days", "honoured"), [(3, True), (-3, False), (400, False)])
def test_answer_that_is_wanted_on_a_day_leaves_that_morning(
    database: Database,
    settings: Settings,
    keys: Keys,
    clock: FixedClock,
    *,
    days: int,
    honoured: bool,
) -> None:
    day = clock.now().astimezone().date() + timedelta(days=days)
    found = [{"entity": "date", "value": "x", "first": day.isoformat(), "last": day.isoformat()}]
    with database.transaction() as connection:
        asked = ask_for_mail(connection, settings, keys, clock.now())
        of_wish = update(message).where(message.c.id == asked.message_id)
        connection.execute(of_wish.values(body={"found": found}))
        made = confirm_follow_up(connection, asked.given_event_id, clock.now(), settings=settings)
    assert made.due_at is not None
    due = made.due_at.astimezone()
    assert ((due.date(), due.hour) == (day, 8)) is honoured
    assert (made.due_at == clock.now()) is not honoured
