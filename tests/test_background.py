"""What changes on disk while the program runs: articles and training data."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot import background
from bot.engine.agent import Engine
from bot.engine.training import model_path
from bot.knowledge import Answer, find_answer
from bot.opening import load_knowledge
from bot.services import KnowledgeHolder
from bot.settings import Settings, load_settings
from tests.test_engine import copy_project

ARTICLE = "---\ntitle: Opening hours\n---\n\nWe are open from nine to five.\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FOLLOW_SECONDS", 0.02)


@contextlib.asynccontextmanager
async def followed(
    settings: Settings, engine: Engine, holder: KnowledgeHolder
) -> AsyncIterator[None]:
    task = asyncio.create_task(background.follow_data(settings, engine, holder))
    await asyncio.sleep(0.2)  # it has seen what is there
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(seen: Callable[[], bool], *, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not seen():
            await asyncio.sleep(0.02)


def answer(holder: KnowledgeHolder) -> str | None:
    found = find_answer(
        holder.current, "what are your opening hours", language="en", base_url="http://site"
    )
    return found.text if isinstance(found, Answer) else None


async def test_article_that_is_edited_or_deleted_is_so_with_the_next_question(
    tmp_path: Path,
) -> None:
    articles = tmp_path / "articles"
    article = articles / "en" / "hours.md"
    article.parent.mkdir(parents=True)
    article.write_text(ARTICLE)
    settings = load_settings(articles=articles, data_dir=tmp_path / "var")
    holder = KnowledgeHolder(load_knowledge(settings))
    async with followed(settings, Engine("Example Ltd"), holder):
        assert "nine to five" in (answer(holder) or "")
        article.write_text(ARTICLE.replace("nine to five", "ten to four"))
        await until(lambda: "ten to four" in (answer(holder) or ""), seconds=10)
        article.unlink()
        await until(lambda: answer(holder) is None, seconds=10)


async def test_changed_examples_train_a_model_that_then_answers_and_broken_ones_do_not(
    tmp_path: Path, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    project = copy_project(tmp_path)
    settings = load_settings(project_dir=project, data_dir=tmp_path / "var")
    engine = Engine("Example Ltd")
    engine.load(model)
    holder = KnowledgeHolder(load_knowledge(load_settings()))
    examples = project / "data" / "nlu" / "en.yml"
    whole = examples.read_text()
    async with followed(settings, engine, holder):
        examples.write_text("nlu:\n- intent: [\n")
        await until(lambda: "the model in use stays" in caplog.text, seconds=60)
        assert "nlu/en.yml" in caplog.text
        assert "line 3" in caplog.text
        assert engine.model == model.name
        examples.write_text(whole.replace("examples: |\n", "examples: |\n      - xyzzy plugh\n", 1))
        wanted = model_path(settings).name
        await until(lambda: engine.model == wanted, seconds=90)
    assert wanted != model.name
