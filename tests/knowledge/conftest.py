from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge import Knowledge
from tests.knowledge.samples import ARTICLES, write_articles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "articles", ARTICLES)


@pytest.fixture
def knowledge(folder: Path) -> Knowledge:
    return Knowledge.load(folder, languages=("en", "nl"))
