"""Answers as they arrive: over Rasa's REST contract, the widget's protocol, and the terminal."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from actions.not_sure import own_nearest
from bot.assembly import connect
from bot.conversation.render import plain_text
from bot.conversation.types import Source
from bot.engine.agent import Engine
from bot.follow_ups.message import to_html
from bot.knowledge import Knowledge, NoAnswer
from bot.services import Services
from bot.web import create_app
from tests.live import Visitor, new_visitor
from tests.shown_articles import ARTICLES, write_shown


@pytest.fixture(scope="module")
def hire(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    folder = write_shown(tmp_path_factory.mktemp("articles"))
    return Knowledge.load(folder, languages=("en", "nl"))


@pytest.fixture
async def client(sqlite_services: Services, engine: Engine, hire: Knowledge) -> Any:
    sqlite_services.knowledge.current = hire
    app = create_app(connect(sqlite_services, engine), work=False)
    async with TestClient(TestServer(app)) as found:
        yield found


async def ask(client: TestClient[Any, Any], text: str) -> list[dict[str, Any]]:
    """Ask over the REST channel and return what was said besides the disclosure."""
    body = {"sender": "s", "message": text}
    async with client.post("/webhooks/rest/webhook", json=body) as response:
        assert response.status == 200, await response.text()
        replies = await response.json()
    return [one for one in replies if one["custom"]["kind"] != "disclosure"]


def answer_in(replies: list[dict[str, Any]]) -> dict[str, Any]:
    (found,) = [one for one in replies if one["custom"]["kind"] == "answer"]
    return found


async def test_text_is_a_passage_word_for_word(client: TestClient[Any, Any]) -> None:
    answer = answer_in(await ask(client, "how do I fetch the ride data of my company"))
    assert answer["text"] in ARTICLES["en/api.md"]
    assert answer["text"] == answer["custom"]["sources"][0]["passage"]
    assert "<mark" not in answer["text"]
    assert "```sh\ncurl" in answer["text"]


async def test_problem_gets_the_steps(client: TestClient[Any, Any]) -> None:
    answer = answer_in(await ask(client, "help, the smart lock does not open, it is broken"))
    assert answer["text"].startswith("1. Switch Bluetooth")
    assert answer["text"] in ARTICLES["en/lock.md"]
    (source,) = answer["custom"]["sources"]
    assert source["url"].endswith("/help/en/lock#the-smart-lock-does-not-open")
    assert source["passage"] == answer["text"]


async def test_comparison_gets_the_table(client: TestClient[Any, Any]) -> None:
    question = "which is better for me, the day plan or the month plan?"
    answer = answer_in(await ask(client, question))
    assert answer["text"].startswith("| plan |")
    assert answer["custom"]["sources"][0]["url"].endswith("#plans-side-by-side")


async def test_claim_gets_the_date_of_its_evidence_first(client: TestClient[Any, Any]) -> None:
    replies = await ask(client, "Is it really true that every helmet is tested? Prove it")
    assert replies[0]["text"] == "Evidence, last reviewed on 12 October 2026:"
    assert answer_in(replies)["custom"]["sources"][0]["reviewed"] == "2026-10-12"
    undated = await ask(client, "Is it really true that old tyres are recycled? Prove it")
    assert "no review date" in undated[0]["text"]
    assert undated[1] == answer_in(undated)


async def test_leaving_gets_the_way_out_first_and_no_talk(client: TestClient[Any, Any]) -> None:
    link, answer = await ask(client, "I want to cancel my plan")
    assert link["text"] == "Straight there: [your account page](<https://hire.example/account>)"
    assert "with one press" in answer["text"]
    assert "buttons" not in answer or answer["buttons"] == []


async def test_third_party_answers_only_where_no_own_article_does(
    client: TestClient[Any, Any],
) -> None:
    label, answer = await ask(client, "where can I keep a bicycle dry in winter storage")
    assert "third party, Example Storage" in label["text"]
    assert answer["custom"]["sources"][0]["affiliate"] == "Example Storage"
    urls = re.findall(r"https?://[^\s)>\"]+", json.dumps(answer))
    assert urls
    for url in urls:
        assert not re.search(r"dry|keep|where|\?", url), url
    own = answer_in(await ask(client, "the smart lock does not open in winter"))
    assert own["custom"]["sources"][0]["affiliate"] is None


async def test_third_party_is_never_among_the_nearest(client: TestClient[Any, Any]) -> None:
    for text in ("winter orchids yellow", "booking a winter tent somewhere", "winter tax papers"):
        for said in await ask(client, text):
            if said["custom"]["kind"] == "no_answer":
                assert "Storage" not in said["text"]
    own, other = (
        Source(title, "u", "p", None, title, "en", affiliate)
        for title, affiliate in (("Lock", None), ("Storage", "Example Storage"))
    )
    assert own_nearest(NoAnswer((other, own), 0.1)) == [own]


@pytest.fixture
async def visitor(client: TestClient[Any, Any]) -> Visitor:
    return await new_visitor(client)


async def test_tree_marks_what_answers(visitor: Visitor) -> None:
    (answer,) = await visitor.ask("may another telephone open my smart lock hire?")
    marks = re.findall(r'\["mark", "([^"]+)"', json.dumps(answer["tree"]))
    assert any("one telephone" in mark for mark in marks)
    assert "".join(marks) != ""
    assert answer["read_on"].endswith("#the-smart-lock-does-not-open")


async def test_list_that_goes_on_has_its_numbers(visitor: Visitor) -> None:
    (answer,) = await visitor.ask("workshop house rule about the cactus")
    tag, attributes, *items = answer["tree"][0]
    assert tag == "ol"
    assert attributes["start"] == answer["first_number"] > 1
    assert attributes["start"] + len(items) == 13
    text, _ = plain_text(answer)
    assert text.startswith(f"{attributes['start']}. Workshop rule")


async def test_long_passage_is_cut_at_a_row_with_a_way_on(visitor: Visitor) -> None:
    (answer,) = await visitor.ask("list of the bicycles in the museum of bicycles")
    rows = json.dumps(answer["tree"]).count('"tr"')
    assert 10 < rows < 61
    assert answer["text"].count("museum bicycle number") == 60
    assert answer["read_on"].endswith("/help/en/museum#museum-of-bicycles")
    text, read_on = plain_text(answer)
    assert text.splitlines()[0].startswith("year: 1900; bicycle in the museum: museum bicycle")
    assert read_on == answer["read_on"]
    assert len(text) < 2000


async def test_pictures_and_links_of_the_article_lead_to_our_pages(visitor: Visitor) -> None:
    replies = await visitor.ask("help, the smart lock does not open, it is broken")
    tree = json.dumps(replies[-1]["tree"])
    assert "lock.png" not in tree
    assert re.search(r'"href": "[^"]*/help/en/lock#[^"]*"}, "A smart lock with its light"', tree)


def test_mail_loads_no_picture_and_keeps_numbers() -> None:
    html = to_html(
        "> ![A map](https://e.example/m.png)\n\n4. four", "https://h.example/help/en/a#b"
    )
    assert '<a href="https://h.example/help/en/a#b">A map</a>' in html
    assert "m.png" not in html
    assert '<ol start="4">' in html
