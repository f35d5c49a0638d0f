from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.consent.notices import Notices, load_notices, register
from bot.database import Database, tables
from bot.errors import SettingsError
from bot.settings import Settings, load_settings
from tests.conftest import FixedClock

GOOD = """---
version: 1
yes: Yes, share it
no: No, keep it
later: Not now
---
May {organisation} read this?
For {days} days.
"""


@pytest.fixture
def project(tmp_path: Path) -> Settings:
    """Settings of a project with one notice in one language."""
    folder = tmp_path / "notices" / "en"
    folder.mkdir(parents=True)
    (folder / "handoff.md").write_text(GOOD)
    return load_settings(project_dir=tmp_path, languages="en,nl", organisation="Example Ltd")


def _write(project: Settings, text: str, name: str = "handoff.md") -> None:
    (project.project_dir / "notices" / "en" / name).write_text(text)


def _problems(project: Settings) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_notices(project)
    return caught.value.message.split("\n")


def test_notice_is_filled_with_the_settings(project: Settings) -> None:
    notice = load_notices(project).find("handoff", "en")
    assert notice is not None
    assert notice.body == "May Example Ltd read this? For 7 days."
    assert (notice.version, notice.yes, notice.no) == (1, "Yes, share it", "No, keep it")


def test_notice_that_is_not_there_is_never_asked(project: Settings) -> None:
    notices = load_notices(project)
    assert notices.find("handoff", "nl") is None
    assert notices.find("follow_up", "en") is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("version: 1\n", ""), "notices/en/handoff.md:1: version is missing"),
        (("version: 1", "version: one"), "notices/en/handoff.md:2: version must be a whole"),
        (("later: Not now\n", ""), "notices/en/handoff.md:1: later is missing"),
        (("yes: Yes, share it", "yes:"), "notices/en/handoff.md:3: yes must be the words"),
        (("later:", "maybe:"), "notices/en/handoff.md:5: unknown key maybe"),
        (("{days}", "{weeks}"), "notices/en/handoff.md:8: unknown placeholder {weeks}"),
        (("yes: Yes", "yes: [Yes"), "notices/en/handoff.md:4: not YAML"),
        (("---\nversion", "version"), "notices/en/handoff.md:1: start with front matter"),
        (("May {organisation} read this?\nFor {days} days.\n", ""), "write the question"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_mistake_in_a_notice_is_named_with_its_place(
    project: Settings, change: tuple[str, str], problem: str
) -> None:
    _write(project, GOOD.replace(*change))
    assert any(problem in line for line in _problems(project)), _problems(project)


def test_all_mistakes_of_all_files_are_named_at_once(project: Settings) -> None:
    _write(project, GOOD.replace("version: 1", "version: 0").replace("{days}", "{day}"))
    _write(project, GOOD, "cookies.md")
    assert [line.split(": ")[0] for line in _problems(project)] == [
        "notices/en/cookies.md:1",
        "notices/en/handoff.md:2",
        "notices/en/handoff.md:8",
    ]


def test_purpose_without_a_time_setting_knows_no_days(project: Settings) -> None:
    _write(project, GOOD, "improve.md")
    assert _problems(project) == [
        "notices/en/improve.md:8: unknown placeholder {days}; use {organisation}"
    ]


def test_register_twice_stores_once(
    project: Settings, database: Database, clock: FixedClock
) -> None:
    notices = load_notices(project)
    for _ in range(2):
        with database.transaction() as connection:
            register(connection, notices, clock.now())
    with database.reading() as connection:
        (row,) = connection.execute(select(tables.notice)).all()
    notice = notices.find("handoff", "en")
    assert notice is not None
    assert row.id == notice.id
    assert row.body == "May Example Ltd read this? For 7 days.\n\n" + (
        "[Yes, share it] [No, keep it] [Not now]"
    )


def test_changed_words_without_a_new_version_are_refused(
    project: Settings, database: Database, clock: FixedClock
) -> None:
    with database.transaction() as connection:
        register(connection, load_notices(project), clock.now())
    _write(project, GOOD.replace("read", "sell"))
    changed = load_notices(project)
    expected = "notices/en/handoff.md changed: raise its version"
    with pytest.raises(SettingsError, match=expected), database.transaction() as connection:
        register(connection, changed, clock.now())
    _write(project, GOOD.replace("read", "sell").replace("version: 1", "version: 2"))
    with database.transaction() as connection:
        register(connection, load_notices(project), clock.now())
        assert len(connection.execute(select(tables.notice)).all()) == 2


def test_other_settings_make_another_notice_of_the_same_version(
    project: Settings, database: Database, clock: FixedClock
) -> None:
    renamed = project.model_copy(update={"organisation": "Another Ltd"})
    with database.transaction() as connection:
        register(connection, load_notices(project), clock.now())
        register(connection, load_notices(renamed), clock.now())
        bodies = connection.scalars(select(tables.notice.c.body)).all()
    assert sorted(body.split(" read")[0] for body in bodies) == [
        "May Another Ltd",
        "May Example Ltd",
    ]


def _shipped(settings: Settings) -> Notices:
    return load_notices(settings)


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("purpose", ["handoff", "follow_up"])
def test_shipped_notice_says_who_how_long_and_how_to_stop(
    settings: Settings, language: str, purpose: str
) -> None:
    notice = _shipped(settings).find(purpose, language)
    assert notice is not None
    days = settings.handoff_days if purpose == "handoff" else settings.follow_up_days
    for part in ("Example Ltd", f"{days} ", '"stop"', "?"):
        assert part in notice.body
    # yes and no are one pair: the same verb, about as long
    assert abs(len(notice.yes) - len(notice.no)) <= 10
