"""The language of an answer: heard, kept, asked for in words, set by the interface, or not ours."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from bot.conversation.language_wishes import find_wish
from bot.database.tables import message, turn
from bot.errors import SettingsError
from bot.nlu.language import read_language
from bot.settings import PROJECT_DIR
from bot.web import Assistant
from bot.words import load_words
from tests.live import Visitor, new_visitor

OURS = ("en", "nl")
HOW = "how do I put this on my site"
HOE = "hoe zet ik dit op mijn website"
SAID = {"en": "I answer in English from now on", "nl": "verder in het Nederlands"}
NOT_SPOKEN = "I speak English and Dutch"


# -- what a text tells -------------------------------------------------------------------------

# fmt: off
OPENINGS = [
    ("how do I put this on my site", "en"), ("opening hours today", "en"),
    ("where is my order?", "en"), ("thank you very much", "en"), ("refund please", "en"),
    ("forgot my password", "en"), ("is there a lift for wheelchairs", "en"),
    ("I ordered two lamps last week and one of them arrived broken.", "en"),
    ("hoe zet ik dit op mijn website", "nl"), ("openingstijden vandaag", "nl"),
    ("waar blijft mijn pakket?", "nl"), ("dank je wel", "nl"), ("geld terug graag", "nl"),
    ("wachtwoord vergeten", "nl"), ("is er een lift voor rolstoelen", "nl"),
    ("amai da werkt hier precies niet", "nl"), ("kunde mij efkes helpen aub", "nl"),
    ("Ik heb vorige week twee lampen besteld en er is er een kapot aangekomen.", "nl"),
    ("", None), ("ok", None), ("hi", None), ("?!", None), ("12345", None), ("a@example.org", None),
    ("🙂 🙂 🙂", None),
    ("hmm", None), ("asdf qwer zxcv", None), ("https://example.org/a/b c", None),
]
FOREIGN = [
    "Wann haben Sie geöffnet?", "Wie lange dauert der Versand?", "Wo ist mein Paket",
    "ich will mit einem menschen sprechen", "geld zurück bitte",
    "Ich habe eine Frage zu meiner Rechnung, die ich gestern bekommen habe.",
    "Quels sont vos horaires ?", "Où est mon colis ?", "Combien ça coûte",
    "mot de passe oublié", "je veux parler à quelqu'un",
    "Bonjour, j'ai reçu une facture que je ne comprends pas, pouvez-vous m'aider ?",
    "Gdzie jest moja paczka?", "Chcę anulować zamówienie", "Ile to kosztuje?", "Dzień dobry",
    "Quiero cancelar mi pedido", "Ho dimenticato la password", "Siparişim nerede?",
    "Var är mitt paket?", "أين طلبي؟", "كيف يمكنني إلغاء اشتراكي؟", "Где мой заказ?",
    "Спасибо", "Де моє замовлення?", "我的订单在哪里?", "Onde está a minha encomenda?",
]
# fmt: on


def examples(language: str) -> list[str]:
    content = yaml.safe_load((PROJECT_DIR / "data" / "nlu" / f"{language}.yml").read_text("utf-8"))
    return [line[2:] for need in content["nlu"] for line in need["examples"].splitlines()]


@pytest.mark.parametrize(("text", "language"), OPENINGS)
def test_a_first_message_tells_its_language_or_nothing(text: str, language: str | None) -> None:
    reading = read_language(text, OURS)
    assert (reading.language, reading.foreign) == (language, False)


@pytest.mark.parametrize("text", FOREIGN)
def test_a_language_that_is_not_ours_is_known_as_such(text: str) -> None:
    assert read_language(text, OURS).foreign
    assert read_language(text, OURS).language is None


@pytest.mark.parametrize("text", [text for text in FOREIGN if "ie" in text and "ich" in text])
def test_the_same_text_is_ours_once_its_language_is(text: str) -> None:
    assert read_language(text, (*OURS, "de")).language == "de"


@pytest.mark.parametrize("language", OURS)
def test_no_example_of_ours_is_foreign_and_hardly_any_changes_the_language(language: str) -> None:
    texts = examples(language)
    readings = [read_language(text, OURS) for text in texts]
    changed = [one for one in readings if one.clear and one.language != language]
    told = [one for one in readings if one.language == language]
    assert not any(one.foreign for one in readings)
    assert len(changed) <= 0.002 * len(texts)
    assert len(told) >= 0.9 * len(texts)


# -- what asks for a language ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language", "rest"),
    [
        ("in het Nederlands graag", "nl", ""),
        ("in English please", "en", ""),
        ("can we speak Dutch", "nl", ""),
        ("kunnen we Engels praten", "en", ""),
        ("Hi! Could we speak English, please? Thanks", "en", ""),
        ("NEDERLANDS AUB!!", "nl", ""),
        ("Spreekt u Engels?", "en", ""),
        ("let’s switch to English", "en", ""),
        ("kan het ook in het vlaams", "nl", ""),
        ("do you speak German?", "de", ""),
        ("spreken jullie Frans", "fr", ""),
        ("Can we speak Dutch? How do I export my data?", "nl", "How do I export my data?"),
        ("in het Nederlands graag: hoe laat zijn jullie open?", "nl", "hoe laat zijn jullie open?"),
        ("where is my order? In Dutch please", "nl", "where is my order?"),
        ("in English please how much is it", "en", "how much is it"),
    ],
)
def test_asking_for_a_language_is_understood(text: str, language: str, rest: str) -> None:
    wish = find_wish(text, OURS)
    assert wish is not None
    assert (wish.language, wish.rest) == (language, rest)


@pytest.mark.parametrize(
    "text",
    [
        "is the manual available in Dutch?",
        "do you have the form in English",
        "I want a refund for my English course",
        "how do I switch the widget to Dutch",
        "niet in het Nederlands",
        "I don't speak Dutch",
        "ik wil Engels leren",
        "who won the French open",
        "how do I answer in French on my phone",
        "",
    ],
)
def test_naming_a_language_is_no_wish(text: str) -> None:
    assert find_wish(text, OURS) is None


@pytest.mark.parametrize("language", OURS)
def test_no_example_asks_for_a_language(language: str) -> None:
    assert [text for text in examples(language) if find_wish(text, OURS)] == []


@pytest.mark.parametrize("text", ["*" * 3900 + " dutch", "a" * 3990 + " dutch", "dutch, " * 570])
def test_hostile_text_is_judged_at_once(text: str) -> None:
    read_language("warm up", OURS)
    started = time.perf_counter()
    find_wish(text, OURS)
    read_language(text, OURS)
    assert time.perf_counter() - started < 0.3


# -- the files of words ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("plain_yes: [oui", r"texts/words/fr\.yml:\d: "),
        ("- oui", r"texts/words/fr\.yml:1: write `key:`"),
        ("yess: [oui]", r"texts/words/fr\.yml: unknown key `yess`; write one of plain_yes"),
        ("plain_yes: oui", r"texts/words/fr\.yml: `plain_yes` must be a list"),
        ("plain_yes: [yes]", r"`plain_yes`: put `True` between quotes"),
        ("wishes: [en français]", r"`wishes`: `en français` must name \{language\} once"),
        ("language_names: [x]", r"`language_names` must be lines like"),
        ("language_names: {norvégien: no}", r"put `norvégien: False` between quotes"),
    ],
)
def test_a_mistake_in_the_words_is_named_with_file_and_key(
    tmp_path: Path, content: str, problem: str
) -> None:
    (tmp_path / "texts" / "words").mkdir(parents=True)
    (tmp_path / "texts" / "words" / "fr.yml").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=problem):
        load_words(tmp_path)


# -- over HTTP ---------------------------------------------------------------------------------


def language_of(replies: list[dict[str, Any]]) -> str:
    """Return the language of the article that answered."""
    (source,) = (source for reply in replies for source in reply["sources"])
    return str(source["language"])


async def test_a_clear_message_changes_the_language_and_a_short_one_does_not(
    visitor: Visitor,
) -> None:
    assert language_of(await visitor.ask(HOW)) == "en"
    assert "You're welcome" in (await visitor.ask("dank je"))[0]["text"]
    assert language_of(await visitor.ask(HOE)) == "nl"
    assert "Graag gedaan" in (await visitor.ask("thanks"))[0]["text"]
    assert language_of(await visitor.ask(HOW)) == "en"


async def test_a_language_is_asked_for_in_words_and_stays(visitor: Visitor) -> None:
    (said,) = await visitor.ask("can we speak Dutch")
    assert SAID["nl"] in said["text"]
    assert "Graag gedaan" in (await visitor.ask("thanks"))[0]["text"]
    (again,) = await visitor.ask("in English please")
    assert SAID["en"] in again["text"]
    assert "You're welcome" in (await visitor.ask("bedankt"))[0]["text"]


async def test_what_is_asked_besides_is_answered(visitor: Visitor) -> None:
    said, answer = await visitor.ask(f"In het Nederlands graag. {HOE}?")
    assert SAID["nl"] in said["text"]
    assert language_of([answer]) == "nl"


async def test_a_language_asked_for_gives_way_to_two_clear_messages_in_another(
    visitor: Visitor,
) -> None:
    await visitor.ask("kunnen we Nederlands praten")
    await visitor.ask("how do I cancel what I agreed to")
    assert "Graag gedaan" in (await visitor.ask("thanks"))[0]["text"]
    await visitor.ask("how do I cancel what I agreed to")
    assert "You're welcome" in (await visitor.ask("thanks"))[0]["text"]


async def test_an_open_question_survives_the_wish_for_a_language(visitor: Visitor) -> None:
    (question,) = await visitor.ask("I want to talk to a person")
    assert question["kind"] == "question"
    (said,) = await visitor.ask("Nederlands graag")
    assert SAID["nl"] in said["text"]
    (reply,) = await visitor.ask("ja graag")
    assert reply["kind"] == "handoff"
    assert "medewerkers" in reply["text"]


async def test_the_interface_changes_the_language_when_it_is_changed(
    client: TestClient[Any, Any],
) -> None:
    visitor = await new_visitor(client)

    async def thanked(interface: str) -> str:
        body = {"id": f"{interface}{visitor.seen}", "text": "thanks", "language": interface}
        async with client.post("/api/v1/messages", json=body, headers=visitor.headers) as response:
            assert response.status == 202
        replies: list[dict[str, Any]] = []
        while not replies:
            replies = [one for one in await visitor.news() if one["author"] == "assistant"]
            replies = [one for one in replies if one["kind"] != "disclosure"]
        return str(replies[0]["text"])

    assert "welcome" in await thanked("en")
    assert "Graag" in await thanked("nl-BE")
    await visitor.ask("English please")
    assert "welcome" in await thanked("nl")  # it was set to Dutch before: asking comes later
    assert "welcome" in await thanked("xx")


@pytest.mark.parametrize(
    "text", ["Wie kann ich meine Bestellung stornieren?", "كيف يمكنني إلغاء اشتراكي؟"]
)
async def test_a_language_not_spoken_is_said_once_and_nothing_is_lost(
    visitor: Visitor, assistant: Assistant, text: str
) -> None:
    (said,) = await visitor.ask(text)
    assert NOT_SPOKEN in said["text"]
    assert [button["payload"] for button in said["buttons"]] == ["/ask_person"]
    again = await visitor.ask(f"{text} {text}")
    assert all(NOT_SPOKEN not in reply["text"] for reply in again)
    (question,) = await visitor.press(said, 0)
    assert question["kind"] == "question"
    with assistant.services.database.reading() as connection:
        stored = connection.scalars(select(message.c.text).where(message.c.author == "visitor"))
        assert text in list(stored)
        needs = connection.scalars(select(turn.c.need).order_by(turn.c.created_at)).all()
    assert needs[:1] == ["nlu_fallback"]


async def test_it_is_said_in_the_language_of_the_interface(client: TestClient[Any, Any]) -> None:
    visitor = await new_visitor(client, "nl")
    (said,) = await visitor.ask("Où est mon colis ?")
    assert "ik spreek Engels en Nederlands" in said["text"]


async def test_asking_for_a_language_not_spoken_is_answered_each_time(visitor: Visitor) -> None:
    for _ in range(2):
        (said,) = await visitor.ask("do you speak German?")
        assert NOT_SPOKEN in said["text"]


async def test_stop_is_heard_whatever_was_spoken_before(visitor: Visitor) -> None:
    await visitor.ask("Wie kann ich meine Bestellung stornieren?")
    (reply,) = await visitor.ask("stop")
    assert "nothing to stop" in reply["text"]
