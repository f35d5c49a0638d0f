"""A third language as an owner adds it: the files in `tests/german/`, and one line of settings."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import PROJECT_DIR
from tests.live import LiveServer

GERMAN = PROJECT_DIR / "tests" / "german"
EXAMPLES = 4  # for each need of the shipped languages: enough to answer, quick to train


def few_examples(shipped: Path) -> str:
    """Return a file of examples with only the first of each need."""
    content = yaml.safe_load(shipped.read_text("utf-8"))
    for need in content["nlu"]:
        need["examples"] = "".join(need["examples"].splitlines(keepends=True)[:EXAMPLES])
    return str(yaml.safe_dump(content, allow_unicode=True))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("german")
    project = folder / "project"
    project.mkdir()
    for name in ("config.yml", "domain.yml"):
        shutil.copy(PROJECT_DIR / name, project / name)
    for name in ("data", "knowledge", "notices", "texts"):
        shutil.copytree(PROJECT_DIR / name, project / name)
    for path in (project / "data" / "nlu").glob("*.yml"):
        path.write_text(few_examples(path), encoding="utf-8")
    shutil.copytree(GERMAN, project, dirs_exist_ok=True)
    (folder / "askfirst.toml").write_text('languages = ["en", "nl", "de"]\n')
    found = LiveServer(
        folder / "var",
        ASKFIRST_PROJECT_DIR=str(project),
        ASKFIRST_CONFIG=str(folder / "askfirst.toml"),
    )
    found.start()
    yield found
    found.stop()


class Sender:
    """A visitor of the REST channel."""

    def __init__(self, server: LiveServer, name: str, language: str = "") -> None:
        self._url = f"{server.url}/webhooks/rest/webhook"
        self._fields = {"sender": name, "metadata": {"language": language} if language else {}}

    def say(self, text: str) -> list[dict[str, Any]]:
        body = json.dumps({**self._fields, "message": text}).encode()
        request = urllib.request.Request(  # noqa: S310  # our own server
            self._url, body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return list(json.loads(response.read()))


def test_a_german_visitor_is_answered_asked_and_heard_in_german(server: LiveServer) -> None:
    visitor = Sender(server, "anna", "de")
    disclosure, answer = visitor.say("Wann haben Sie am Wochenende geöffnet?")
    assert disclosure["text"].startswith("Sie sprechen mit einer Software.")
    assert answer["text"] == "Am Wochenende ist geschlossen."
    (source,) = answer["custom"]["sources"]
    assert source["language"] == "de"
    assert "/help/de/" in source["url"]
    (question,) = visitor.say("ich möchte bitte mit einem Menschen sprechen")
    assert question["text"].startswith("Darf ich dieses Gespräch mit den Mitarbeitern")
    assert [button["title"] for button in question["buttons"]] == [
        "Ja, dieses Gespräch teilen",
        "Nein, nicht teilen",
        "Nicht jetzt",
    ]
    (shared,) = visitor.say("ja, gerne")
    assert shared["text"].startswith("Dieses Gespräch ist jetzt mit den Mitarbeitern geteilt")
    (stopped,) = visitor.say("Stopp!")
    assert stopped["text"].startswith("Erledigt.")


def test_german_is_heard_and_asked_for_in_a_conversation_that_began_in_english(
    server: LiveServer,
) -> None:
    visitor = Sender(server, "ben", "en")
    assert "You are talking with software" in visitor.say("hello")[0]["text"]
    (answer,) = visitor.say("Wann haben Sie denn unter der Woche geöffnet?")
    assert "montags bis freitags" in answer["text"]
    (thanks,) = visitor.say("vielen Dank")
    assert thanks["text"] == "Gern geschehen."
    (english,) = visitor.say("auf Englisch bitte")
    assert "English from now on" in english["text"]
    (german,) = visitor.say("can we speak German")
    assert german["text"] == "Gut, ich antworte ab jetzt auf Deutsch."


def test_a_language_not_spoken_is_answered_with_all_three(server: LiveServer) -> None:
    said = Sender(server, "chloé", "de").say("Quels sont vos horaires d'ouverture ?")[-1]
    assert "Ich spreche Englisch, Niederländisch und Deutsch." in said["text"]
    assert said["buttons"][0]["title"] == "Mit einem Menschen sprechen"


def test_a_secret_said_in_german_is_stored_nowhere(server: LiveServer) -> None:
    Sender(server, "dora", "de").say("Mein Passwort lautet geheim77, was nun?")
    assert b"geheim77" not in b"".join(
        path.read_bytes() for path in server.data_dir.glob("askfirst.db*")
    )
