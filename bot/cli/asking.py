"""Commands that ask: one question, or a conversation in the terminal."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import click

from bot.cli.output import articles_option, clear_errors, json_option, settings_for, show
from bot.clock import new_id
from bot.settings import Settings


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
    from bot.engine.routing import settle
    from bot.engine.training import ensure_model
    from bot.knowledge import Answer, find_answer
    from bot.nlu.language import choose_language
    from bot.opening import load_knowledge

    engine = Engine(settings.organisation)
    engine.load(await ensure_model(settings))
    knowledge = load_knowledge(settings)
    started = time.perf_counter()
    spoken = language or choose_language(question, settings.languages, settings.languages[0])
    understood = settle(await engine.understand(question), text=question, pending=None)
    found = find_answer(knowledge, question, language=spoken, base_url=settings.base_url)
    answer = None
    if isinstance(found, Answer):
        sources = [source.as_json() for source in found.sources]
        answer = {"text": found.text, "sources": sources}
    return {
        "need": {"name": understood.need, "confidence": round(understood.confidence, 4)},
        "answer": answer,
        "language": spoken,
        "seconds": round(time.perf_counter() - started, 4),
    }


def _print(result: dict[str, Any]) -> None:
    if result["answer"] is None:
        click.echo("I found no help article that answers this, so I won't guess.")
    else:
        click.echo(result["answer"]["text"])
        for source in result["answer"]["sources"]:
            reviewed = source["reviewed"] or "no review date"
            click.echo(f"\n— {source['title']} ({reviewed})\n  {source['url']}")
    need = result["need"]
    click.echo(f"\n[{result['language']}, need {need['name']}, {need['confidence']:.2f}]", err=True)


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
        seen = await _show_new(turns, conversation.id, 0)
        while text := await asyncio.to_thread(_read_line):
            await turns.receive(conversation, text=text, native_id=new_id(), wait=True)
            seen = await _show_new(turns, conversation.id, seen)
    finally:
        await turns.close()
        assistant.services.database.close()


def _read_line() -> str:
    try:
        return str(click.prompt("you", prompt_suffix="> ", default="", show_default=False)).strip()
    except click.Abort:
        return ""


async def _show_new(turns: Any, conversation_id: str, seen: int) -> int:
    for message in await turns.messages_after(conversation_id, seen):
        seen = message["seq"]
        if message["author"] != "visitor":
            click.echo(f"\n{message['text']}")
            for source in message["sources"]:
                click.echo(f"— {source['title']}: {source['url']}")
            for button in message["buttons"]:
                click.echo(f"  [{button['title']}]  {button['payload']}")
    click.echo()
    return seen
