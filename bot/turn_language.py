"""The language of a turn: kept over a conversation, changed by a clear message or in words.

A short or unsure message changes nothing. A language asked for in words, or chosen in the
interface, stays until two clear messages in a row are in another one, or it is asked for anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from bot.conversation.language_wishes import LanguageWish, find_wish, spoken_languages
from bot.conversation.payloads import Payload
from bot.conversation.plain_answers import is_address, is_yes
from bot.conversation.types import Button, Reply, Turn
from bot.conversation.wishes import wants_stop
from bot.engine.agent import Engine, Outcome
from bot.nlu.language import Reading, read_language
from bot.services import Services
from bot.turn_store import Loaded

STATE = "language"
SEARCH = Payload("nlu_fallback")
NO_DIALOGUE: Mapping[str, Any] = {"slots": {}, "events": []}


@dataclass(frozen=True)
class Kept:
    """What a conversation remembers, beside its language; stored with its dialogue state.

    `chosen`: the visitor asked for the language. `other`: the language of the last clear message
    since, if another. `told`: which languages are spoken was said. `interface`: what the
    visitor's page or program was last set to.
    """

    chosen: bool = False
    other: str | None = None
    told: bool = False
    interface: str | None = None


@dataclass(frozen=True)
class Speech:
    """What a message means for the language of its turn.

    `text` is what is left to be answered, empty if nothing. `switched`: the language was asked
    for in words. `unspoken`: one was asked for, or used for the first time, that is none of
    ours. `foreign`: the text is in none of ours.
    """

    language: str
    kept: Kept
    text: str
    switched: bool = False
    unspoken: bool = False
    foreign: bool = False


def message_body(
    payload: Payload | None, interface: str | None, languages: Sequence[str]
) -> Mapping[str, str]:
    """Return what is stored beside a visitor's words: a button, and the interface's language."""
    body = {"payload": str(payload)} if payload else {}
    code = (interface or "").split("-")[0].lower()
    return {**body, "interface": code} if code in languages else body


def listen(loaded: Loaded, languages: Sequence[str]) -> Speech:
    """Decide the language of a turn from its message and what was before."""
    stored = (loaded.state or {}).get(STATE, {})
    names = {each.name for each in fields(Kept)}
    kept = Kept(**{name: value for name, value in stored.items() if name in names})
    now = _by_interface(loaded, kept, languages)
    text = loaded.raw_text
    if "payload" in loaded.message.body or is_yes(text) or wants_stop(text) or is_address(text):
        return now
    wish = find_wish(text, languages)
    if wish is not None:
        return _by_wish(wish, now, languages)
    reading = read_language(text, languages)
    if reading.foreign:
        kept = replace(now.kept, told=True)
        return replace(now, kept=kept, unspoken=not now.kept.told, foreign=True)
    return _by_words(reading, now, opening=loaded.state is None)


def about_turn(speech: Speech, loaded: Loaded, pressed: Payload | None) -> Mapping[str, Any]:
    """Return what a turn is run with. A foreign text is searched for, and never acted upon."""
    about = {"raw_text": speech.text or loaded.raw_text, "language": speech.language}
    if speech.foreign:
        return {**about, "payload": SEARCH, "about": speech.text}
    return {**about, "payload": pressed, "about": loaded.about if pressed else None}


async def answer(
    speech: Speech, turn: Turn, loaded: Loaded, engine: Engine, services: Services
) -> Outcome:
    """Run a turn through the dialogue, with what is to be said of languages before its replies."""
    outcome = Outcome((), loaded.state or NO_DIALOGUE)
    if speech.text:
        outcome = await engine.handle(turn, loaded.state)
    replies = outcome.replies
    if speech.foreign:
        turn.confidence = 0.0
    if speech.unspoken or speech.switched:
        replies = (_said(speech, services), *_worth_saying(speech, turn, replies))
    return Outcome(tuple(replies), {**outcome.state, STATE: asdict(speech.kept)})


def _by_interface(loaded: Loaded, kept: Kept, languages: Sequence[str]) -> Speech:
    """Follow the visitor's page or program when it was set to another language than before."""
    language = loaded.conversation.language
    interface = loaded.message.body.get("interface")
    if interface is None or interface not in languages or interface == kept.interface:
        return Speech(language, kept, loaded.raw_text)
    if kept.interface is None:  # a conversation begins in its interface's language
        return Speech(language, replace(kept, interface=interface), loaded.raw_text)
    return Speech(interface, Kept(True, None, kept.told, interface), loaded.raw_text)


def _by_wish(wish: LanguageWish, now: Speech, languages: Sequence[str]) -> Speech:
    """Follow a wish, or say that it can't be; what is said besides may be foreign by itself."""
    said = replace(now, text=wish.rest, foreign=read_language(wish.rest, languages).foreign)
    if wish.language in languages:
        kept = replace(now.kept, chosen=True, other=None)
        return replace(said, language=wish.language, kept=kept, switched=True)
    return replace(said, kept=replace(now.kept, told=True), unspoken=True)


def _by_words(reading: Reading, now: Speech, *, opening: bool) -> Speech:
    """Follow the language a message is written in, when that is clear enough."""
    found, kept = reading.language, now.kept
    if opening and found is not None and not kept.chosen:
        return replace(now, language=found)
    if found is None or not reading.clear:
        return now
    if found == now.language:
        return replace(now, kept=replace(kept, other=None))
    if kept.chosen and kept.other != found:
        return replace(now, kept=replace(kept, other=found))
    return replace(now, language=found, kept=replace(kept, chosen=False, other=None))


def _said(speech: Speech, services: Services) -> Reply:
    texts, language = services.texts, speech.language
    if speech.switched:
        return Reply(texts.say(language, "assistant.language_switched"))
    spoken = spoken_languages(services.settings.languages, language)
    person = Button(texts.say(language, "assistant.person_button"), "/ask_person")
    sentence = texts.say(language, "assistant.languages_spoken", languages=spoken)
    return Reply(sentence, buttons=(person,))


def _worth_saying(speech: Speech, turn: Turn, replies: Sequence[Reply]) -> Sequence[Reply]:
    """Leave out "no article" where nothing was asked, or where the reason was just given."""
    if "?" in speech.text and not speech.foreign:
        return replies
    rest = [reply for reply in replies if reply.kind != "no_answer"]
    if len(rest) < len(replies) and not speech.foreign:
        turn.outcome = "replied"
    return rest
