"""What changes on disk while the program runs: articles and training data."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot import background, help_centre
from bot.clock import Clock, SystemClock
from bot.engine.agent import Engine
from bot.engine.training import model_path
from bot.knowledge import Answer, HelpArticle, find_answer
from bot.opening import load_knowledge
from bot.services import KnowledgeHolder
from bot.settings import PROJECT_DIR, Settings, load_settings
from bot.texts import load_texts
from bot.web_barrier import barrier
from bot.web_keys import KNOWLEDGE, SETTINGS, TEXTS
from tests.conftest import FixedClock
from tests.knowledge.samples import write_articles
from tests.test_engine import copy_project

ARTICLE = "---\ntitle: Opening hours\n---\n\nWe are open from nine to five.\n"


SHOP = "# The shop\n\nWe sell bread. See [when](hours.md).\n"


@dataclass(frozen=True)
class HelpSite:
    """A folder of articles, and what a visitor gets of it."""

    folder: Path
    holder: KnowledgeHolder
    clock: FixedClock
    client: TestClient[web.Request, web.Application]

    def write(self, name: str, text: str | None) -> None:
        """Save an article; None deletes it."""
        if text is None:
            (self.folder / name).unlink()
        else:
            write_articles(self.folder, {name: text})

    def article(self, article_id: str) -> HelpArticle:
        found = self.holder.current.library.find(article_id)
        assert found is not None
        return found

    async def get(self, path: str) -> tuple[int, str]:
        async with self.client.get(path) as response:
            return response.status, await response.text()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FOLLOW_SECONDS", 0.02)


@contextlib.asynccontextmanager
async def followed(
    settings: Settings, engine: Engine, holder: KnowledgeHolder, clock: Clock | None = None
) -> AsyncIterator[None]:
    job = background.follow_data(settings, engine, holder, clock or SystemClock())
    task = asyncio.create_task(job)
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


@contextlib.asynccontextmanager
async def help_site(tmp_path: Path, **settings: Any) -> AsyncIterator[HelpSite]:
    """A server of articles alone that follows its folder."""
    articles = write_articles(tmp_path / "articles", {"en/hours.md": ARTICLE, "en/shop.md": SHOP})
    chosen = load_settings(articles=articles, data_dir=tmp_path / "var", **settings)
    clock = FixedClock()
    holder = KnowledgeHolder(load_knowledge(chosen, clock))
    app = web.Application(middlewares=[barrier])
    app[SETTINGS], app[KNOWLEDGE] = chosen, holder
    app[TEXTS] = load_texts(PROJECT_DIR, chosen.languages)
    templates = jinja2.FileSystemLoader(PROJECT_DIR / "bot" / "help_centre" / "templates")
    aiohttp_jinja2.setup(app, loader=jinja2.PrefixLoader({"help": templates}))
    help_centre.setup(app)
    async with (
        TestClient(TestServer(app)) as client,
        followed(chosen, Engine("Example Ltd"), holder, clock),
    ):
        yield HelpSite(articles, holder, clock, client)


GONE = {
    "deleted": None,
    "emptied": "",
    "drafted": ARTICLE.replace("---\n", "---\ndraft: true\n", 1),
    "for others": ARTICLE.replace("---\n", "---\naudience: [members]\n", 1),
    "broken": ARTICLE.replace("---\n", "---\ndraft: perhaps\n", 1),
}


@pytest.mark.parametrize("change", GONE)
async def test_article_that_is_taken_away_is_gone_from_answers_search_and_pages(
    tmp_path: Path, change: str
) -> None:
    async with help_site(tmp_path) as site:
        assert (await site.get("/help/en/hours"))[0] == 200
        site.write("en/hours.md", GONE[change])
        await until(lambda: answer(site.holder) is None, seconds=10)
        found = site.holder.current.search("what are your opening hours")
        assert all(hit.article.id != "en/hours" for hit in found)
        assert (await site.get("/help/en/hours"))[0] == 404
        for page in ("/help/en/", "/help/search?q=opening+hours&language=en", "/help/en/shop"):
            assert "nine to five" not in (await site.get(page))[1]
            assert "/help/en/hours" not in (await site.get(page))[1]
        site.write("en/hours.md", ARTICLE)
        await until(lambda: answer(site.holder) is not None, seconds=10)


async def test_article_becomes_overdue_at_midnight_and_keeps_its_page(tmp_path: Path) -> None:
    async with help_site(tmp_path, withhold_overdue=True) as site:
        day = site.clock.now().astimezone().date()
        site.write("en/hours.md", ARTICLE.replace("---\n", f"---\nreview_by: {day}\n", 1))
        await until(lambda: site.article("en/hours").review_by == day, seconds=10)
        assert "nine to five" in (answer(site.holder) or "")
        site.clock.advance(24 * 3600)
        await until(lambda: answer(site.holder) is None, seconds=10)
        status, page = await site.get("/help/en/hours")
        assert status == 200 and "due for review" in page
        assert "nine to five" not in (await site.get("/help/search?q=opening+hours"))[1]


async def test_edit_that_breaks_a_golden_question_waits_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    golden = tmp_path / "golden" / "questions.csv"
    golden.parent.mkdir()
    golden.write_text("question,article\nwhat are your opening hours,en/hours\n")
    async with help_site(tmp_path) as site:
        site.write("en/hours.md", "# Parking\n\nPark behind the house.\n")
        await until(lambda: bool(site.holder.held_back), seconds=10)
        assert "nine to five" in (answer(site.holder) or "")
        assert "golden/questions.csv:2" in caplog.text
        assert "what are your opening hours" in caplog.text
        site.write("en/shop.md", None)  # what is taken away does not wait
        await until(lambda: site.holder.current.library.find("en/shop") is None, seconds=10)
        assert "nine to five" in (answer(site.holder) or "")
        golden.write_text("question,article\nwhere do I park,en/hours\n")
        await until(lambda: not site.holder.held_back, seconds=10)
        assert answer(site.holder) is None


async def test_article_deleted_with_its_golden_questions_is_no_regression(tmp_path: Path) -> None:
    async with help_site(tmp_path) as site:
        question = "golden: [what are your opening hours]"
        site.write("en/hours.md", ARTICLE.replace("---\n", f"---\n{question}\n", 1))
        await until(lambda: bool(site.article("en/hours").golden), seconds=10)
        site.write("en/hours.md", None)
        await until(lambda: answer(site.holder) is None, seconds=10)
        assert site.holder.held_back == ()


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
        assert "en.yml:3: " in caplog.text
        assert engine.model == model.name
        examples.write_text(whole.replace("examples: |\n", "examples: |\n      - xyzzy plugh\n", 1))
        wanted = model_path(settings).name
        await until(lambda: engine.model == wanted, seconds=90)
    assert wanted != model.name
