"""The command line as an operator meets it: a process, its lines, its JSON and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.settings import PROJECT_DIR
from tests.live import MODELS
from tests.small_project import small_project


def run(*arguments: str, data_dir: Path, input: str = "", **environment: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, "ASKFIRST_DATA_DIR": str(data_dir), **environment},
        input=input,
        capture_output=True,
        text=True,
        timeout=180,
    )


def result(*arguments: str, data_dir: Path, **environment: str) -> Any:
    done = run(*arguments, data_dir=data_dir, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("question", "language"),
    [("how do I put this on my site", "en"), ("hoe zet ik dit op mijn website", "nl")],
)
def test_ask_gives_the_embedding_article(model: Path, question: str, language: str) -> None:
    found = result("ask", question, "--json", data_dir=MODELS)
    assert set(found) == {"need", "answer", "language", "seconds"}
    assert found["language"] == language
    assert found["need"]["name"] == "learn_how"
    (source,) = found["answer"]["sources"]
    assert f"/help/{language}/put-on-your-website#" in source["url"]
    assert source["passage"] == found["answer"]["text"]
    assert source["reviewed"] == "2026-11-22"


@pytest.mark.parametrize(
    ("question", "articles"),
    [
        ("How do I put this on my website? And how do I make a backup?",
         ["put-on-your-website", "backup"]),
        ("My orchid has yellow leaves and the cat sleeps on the piano. Are you a robot?"
         " How do I put this on my site?", ["put-on-your-website"]),
    ],
)  # fmt: skip
def test_ask_answers_the_parts_of_a_question_as_a_conversation_does(
    model: Path, question: str, articles: list[str]
) -> None:
    found = result("ask", question, "--json", data_dir=MODELS)
    assert set(found) == {"need", "answer", "language", "seconds"}
    assert found["need"]["name"] == "learn_how"
    sources = found["answer"]["sources"]
    assert [source["url"].split("/en/")[1].split("#")[0] for source in sources] == articles
    assert found["answer"]["text"] == "\n\n".join(source["passage"] for source in sources)


def test_ask_without_an_article_gives_null(model: Path) -> None:
    found = result("ask", "who won the 1998 world cup", "--json", data_dir=MODELS)
    assert found["answer"] is None


def test_knowledge_search_list_and_check(tmp_path: Path) -> None:
    hits = result("knowledge", "search", "stop all mail", "-k", "3", "--json", data_dir=tmp_path)
    assert len(hits) == 3
    assert set(hits[0]) == {"article", "title", "url", "passage", "score"}
    assert len(result("knowledge", "list", "--json", data_dir=tmp_path)) >= 30
    notes = result("knowledge", "check", "--json", data_dir=tmp_path)
    assert {(one["severity"], one["code"]) for one in notes} == {("note", "translation")}


def test_knowledge_check_names_file_and_line_and_exits_with_one(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.md").write_text("# Good\n\nText.\n")
    (folder / "broken.md").write_text("---\ntitle: [\n---\n# Broken\n")
    (folder / "need.md").write_text("---\ntitle: A\nneeds: [no_such_need]\n---\n# A\n\nText.\n")
    done = run("knowledge", "check", "--articles", str(folder), data_dir=tmp_path)
    assert done.returncode == 1
    assert "broken.md:" in done.stdout
    assert "no_such_need" in done.stdout
    assert "2 articles read" in done.stdout


def test_evaluate_retrieval_prints_the_named_keys(tmp_path: Path) -> None:
    questions = PROJECT_DIR / "tests" / "knowledge_questions.jsonl"
    found = result(
        "evaluate", "retrieval", "--articles", str(PROJECT_DIR / "knowledge"),
        "--questions", str(questions), "--json", data_dir=tmp_path,
    )  # fmt: skip
    keys = {"recall@1", "recall@5", "mrr@10", "ndcg@10", "abstention_auroc", "ms_per_query"}
    assert keys <= set(found)
    assert found["recall@5"] > 0.9


def test_evaluate_needs_prints_scores_a_language(model: Path, tmp_path: Path) -> None:
    test = tmp_path / "needs.csv"
    test.write_text(
        "text,label,language\nI lost my password,account_access,en\n"
        "hoe kan ik inloggen als ik mijn wachtwoord kwijt ben,account_access,nl\n"
        "stop sending me mail,stop_contacting_me,en\n"
    )
    found = result("evaluate", "needs", "--test", str(test), "--json", data_dir=MODELS)
    assert set(found["languages"]) == {"en", "nl"}
    assert found["languages"]["en"]["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\nhello,\n", "needs.csv:2"),
        ("a,b\n1,2\n", "needs.csv:1"),
        ("text,label\n", "no row"),
    ],
)
def test_evaluate_needs_names_the_bad_line(tmp_path: Path, content: str, message: str) -> None:
    test = tmp_path / "needs.csv"
    test.write_text(content)
    done = run("evaluate", "needs", "--test", str(test), data_dir=MODELS)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"ASKFIRST_COLOUR": "red"}, "ASKFIRST_COLOUR"),
        ({"ASKFIRST_PORT": "many"}, "port"),
        ({"ASKFIRST_LOG_LEVEL": "LOUD"}, "log_level"),
        ({"ASKFIRST_DATABASE_URL": "mysql://x/y"}, "database_url"),
    ],
)
def test_bad_setting_is_named_in_one_line(
    tmp_path: Path, environment: dict[str, str], named: str
) -> None:
    done = run("db", "upgrade", data_dir=tmp_path, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.strip().splitlines()) == 1
    assert named in done.stderr


def test_settings_file_is_read_and_its_mistakes_are_named(tmp_path: Path) -> None:
    config = tmp_path / "askfirst.toml"
    config.write_text('organisation = "Tuinclub"\n')
    rows = result("settings", "--json", data_dir=tmp_path, ASKFIRST_CONFIG=str(config))
    assert {row["name"]: row["value"] for row in rows}["organisation"] == "Tuinclub"
    for content, named in (("colour = 1\n", "colour"), ("port = [\n", "askfirst.toml")):
        config.write_text(content)
        done = run("settings", data_dir=tmp_path, ASKFIRST_CONFIG=str(config))
        assert (done.returncode, named in done.stderr) == (2, True), done.stderr


def test_staff_add_list_disable(tmp_path: Path) -> None:
    add = ("staff", "add", "robin@example.org", "--name", "Robin")
    done = run(*add, "--password", "correct horse battery", data_dir=tmp_path)
    assert done.returncode == 0, done.stderr
    again = run(*add, "--password", "correct horse battery", data_dir=tmp_path)
    assert (again.returncode, "already" in again.stderr) == (2, True)
    short = run(
        "staff", "add", "kim@example.org", "--name", "Kim", "--password", "short", data_dir=tmp_path
    )
    assert (short.returncode, "12" in short.stderr) == (2, True)
    assert [row["email"] for row in result("staff", "list", "--json", data_dir=tmp_path)] == [
        "robin@example.org"
    ]
    assert run("staff", "disable", "robin@example.org", data_dir=tmp_path).returncode == 0


def test_consent_verify_and_database_check_on_a_new_database(tmp_path: Path) -> None:
    verified = result("consent", "verify", "--json", data_dir=tmp_path)
    assert verified == {"events": 0, "ok": True, "problems": []}
    assert result("db", "check", "--json", data_dir=tmp_path) == {"ok": True, "findings": []}
    assert (tmp_path.stat().st_mode & 0o777) == 0o700


def test_unknown_visitor_is_one_clear_error(tmp_path: Path) -> None:
    for command in (("privacy", "export", "nobody"), ("privacy", "erase", "nobody", "--yes")):
        done = run(*command, data_dir=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_port_in_use_is_named(model: Path, tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("run", "--port", str(port), data_dir=MODELS)
    assert done.returncode == 2
    assert f"port {port}" in done.stderr


def test_other_languages_make_another_model(tmp_path: Path) -> None:
    project = str(small_project(tmp_path))

    def trained(languages: str) -> str:
        found = result(
            "train", "--json", data_dir=tmp_path / "var",
            ASKFIRST_PROJECT_DIR=project, ASKFIRST_LANGUAGES=languages,
        )  # fmt: skip
        return str(found["model"])

    english = trained("en")
    assert trained("en,nl") != english
    written = {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.tar.gz")}
    assert trained("en") == english
    assert written == {path.name: path.stat().st_mtime_ns for path in tmp_path.rglob("*.tar.gz")}


def test_rasa_finds_nothing_wrong_with_the_data(tmp_path: Path) -> None:
    done = run("rasa", "data", "validate", "--fail-on-warnings", data_dir=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_chat_in_the_terminal_answers_and_ends(model: Path) -> None:
    done = run("chat", data_dir=MODELS, input="how do I put this on my site\n\n")
    assert done.returncode == 0, done.stderr
    assert "software" in done.stdout
    assert "/help/en/" in done.stdout


def test_key_that_is_lost_or_wrong_is_named_and_nothing_starts(model: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    os.link(model, tmp_path / "models" / model.name)
    assert run("chat", data_dir=tmp_path, input="hello there\n\n").returncode == 0
    key = tmp_path / "keys" / "master.key"
    key.unlink()
    for _ in range(2):
        done = run("chat", data_dir=tmp_path, input="\n")
        assert (done.returncode, "master.key" in done.stderr) == (2, True), done.stderr
    key.write_bytes(b"short")
    done = run("db", "upgrade", data_dir=tmp_path)
    assert (done.returncode, "master.key" in done.stderr) == (2, True), done.stderr


def test_data_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    done = run("db", "upgrade", data_dir=path)
    assert (done.returncode, "data_dir" in done.stderr) == (2, True), done.stderr
