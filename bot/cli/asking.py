"""Commands that ask: one question, or a conversation in the terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.output import articles_option, clear_errors, json_option, settings_for, show
from bot.clock import new_id
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.knowledge import Answer


@click.command()
@click.argument("question")
@click.option("--language", "--lang", help="The language to answer in; else the question's own.")
@articles_option
@json_option
@clear_errors
def ask(question: str, language: str | None, articles: Path | None, as_json: bool) -> None:
    """Ask one question: the need, the quoted passage and its source, or an honest no."""
    result = asyncio.run(_ask(settings_for(articles=articles), question, language))
    if as_json:
        show(result)
    else:
        _print(result)


async def _ask(settings: Settings, question: str, language: str | None) -> dict[str, Any]:
    from bot.engine.agent import Engine
    from bot.engine.training import ensure_model
    from bot.knowledge import Answer, choose_answers, find_answer
    from bot.knowledge.presenting import present
    from bot.nlu.language import choose_language
    from bot.opening import load_knowledge

    engine = Engine(settings.organisation)
    engine.load(await ensure_model(settings))
    knowledge = load_knowledge(settings)
    started = time.perf_counter()
    spoken = language or choose_language(question, settings.languages, settings.languages[0])
    understood, heard = await engine.hear(question)
    whole, *parts = (
        find_answer(knowledge, text, language=spoken, base_url=settings.base_url)
        for text in (question, *heard.parts)
    )
    found = [
        present(knowledge, one, need=understood.need, question=question, base_url=settings.base_url)
        for one in choose_answers(whole, parts)
        if isinstance(one, Answer)
    ]
    return {
        "need": {"name": understood.need, "confidence": round(understood.confidence, 4)},
        "answer": _as_json([one.answer for one in found]) if found else None,
        "language": spoken,
        "seconds": round(time.perf_counter() - started, 4),
    }


def _as_json(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return passages as one answer; a question that asks two things has two."""
    sources = [source.as_json() for answer in answers for source in answer.sources]
    return {"text": "\n\n".join(answer.text for answer in answers), "sources": sources}


def _print(result: dict[str, Any]) -> None:
    from bot.knowledge.render import plain

    if result["answer"] is None:
        click.echo("I found no help article that answers this, so I won't guess.")
    else:
        for source in result["answer"]["sources"]:
            reviewed = source["reviewed"] or "no review date"
            by = f"third party: {source['affiliate']}, " if source["affiliate"] else ""
            click.echo(plain(source["passage"], source["url"]))
            click.echo(f"\n— {source['title']} ({by}{reviewed})\n  {source['url']}\n")
    need = result["need"]
    click.echo(f"[{result['language']}, need {need['name']}, {need['confidence']:.2f}]", err=True)


@click.command()
@articles_option
@clear_errors
def chat(articles: Path | None) -> None:
    """Talk with the assistant in the terminal, as a visitor. An empty line ends it."""
    asyncio.run(_chat(settings_for(articles=articles)))


async def _chat(settings: Settings) -> None:
    from bot.assembly import assemble

    assistant = await assemble(settings)
    turns = assistant.turns
    conversation, _token = await turns.start_conversation("terminal", settings.languages[0])
    try:
        words = assistant.services.texts.get(conversation.language)
        seen = await _show_new(turns, conversation.id, 0, words)
        while text := await asyncio.to_thread(_read_line):
            await turns.receive(conversation, text=text, native_id=new_id(), wait=True)
            seen = await _show_new(turns, conversation.id, seen, words)
    finally:
        await turns.close()
        assistant.services.database.close()


def _read_line() -> str:
    try:
        return str(click.prompt("you", prompt_suffix="> ", default="", show_default=False)).strip()
    except click.Abort:
        return ""


async def _show_new(turns: Any, conversation_id: str, seen: int, words: Mapping[str, str]) -> int:
    from bot.conversation.render import plain_text

    for message in await turns.messages_after(conversation_id, seen):
        seen = message["seq"]
        if message["author"] != "visitor":
            text, read_on = plain_text(message)
            click.echo(f"\n{text}")
            if read_on:
                click.echo(words["assistant.read_on"].format(url=read_on))
            for source in message["sources"]:
                click.echo(f"— {source['title']}: {source['url']}")
            for button in message["buttons"]:
                click.echo(f"  [{button['title']}]  {button['payload']}")
    click.echo()
    return seen
