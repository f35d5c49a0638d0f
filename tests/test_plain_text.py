"""One form for what is typed: nothing unseen hides a card, a stop or a word from us."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.database.tables import message
from bot.plain_text import normalise
from bot.redaction import CARD, redact
from bot.web import Assistant

UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\ufe0f\u3164"
SPACES = " \u00a0\u2009\u202f\u3000"
SIGNS = ("", *SPACES, "-", ".", "/", "\n", ". ", " - ")
GROUPS = ("4111", "1111", "1111", "1111")


def wide(text: str) -> str:
    """Return a text in full width."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


@given(st.text())
def test_a_second_time_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert not any(unicodedata.category(sign) == "Cf" for sign in once if sign != "\u200d")


@given(st.sampled_from(SIGNS), st.lists(st.sampled_from(UNSEEN), max_size=16), st.booleans())
def test_a_card_is_masked_whatever_stands_in_it(sign: str, unseen: list[str], full: bool) -> None:
    card = sign.join(GROUPS)
    for place, mark in enumerate(unseen):
        card = card[: place * 2 + 1] + mark + card[place * 2 + 1 :]
    card = wide(card) if full else card
    assert redact(normalise(f"my card is {card}, thanks")) == f"my card is {CARD}, thanks"


@pytest.mark.parametrize("text", ["👩‍👩‍👧 ❤️", "café", "a\tb\nc", "naïve €5"])
def test_what_can_be_seen_stays(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("4111\u00a01111\u00a01111\u00a01111", "1111"),
        ("４１１１１１１１１１１１１１１１", "1111"),
        ("4111\n1111\n1111\n1111", "1111"),
        ("4111 1111 1111 1111 cvc 123", "123"),
        ("my pass\u200bword is hunter22x", "hunter22x"),
        ("passwo\u00adrd is hunter22", "hunter22"),
        ("jan@exam\u200bple.com", "jan@"),
    ],
)
async def test_nothing_unmasked_is_stored(
    client: TestClient[Any, Any], assistant: Assistant, text: str, hidden: str
) -> None:
    assert await say(client, text)
    with assistant.services.database.reading() as connection:
        visitors = select(message.c.text).where(message.c.author == "visitor")
        (stored,) = connection.execute(visitors).scalars()
    assert hidden not in stored


@pytest.mark.parametrize("text", ["2026.11.22 10.35.37 4142", "212.168.100.200 5432"])
def test_dates_and_addresses_in_logs_stay(text: str) -> None:
    assert redact(text) == text


async def test_a_message_of_nothing_seen_is_empty(client: TestClient[Any, Any]) -> None:
    body = {"sender": "unseen", "message": "\u200b\u200b"}
    async with client.post("/webhooks/rest/webhook", json=body) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "message.empty"


async def say(client: TestClient[Any, Any], text: str) -> list[dict[str, Any]]:
    body = {"sender": "visitor", "message": text}
    async with client.post("/webhooks/rest/webhook", json=body) as response:
        assert response.status == 200, await response.text()
        return list(await response.json())
