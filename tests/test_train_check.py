"""`askfirst train --check`: the report on a project's own examples, as a page and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from bot.engine.check_report import write_report
from bot.engine.train_check import check_examples
from tests.small_project import DOMAIN, EXAMPLES, small_project, write_examples
from tests.test_cli import run

# Twice the same, and once nearly, in two needs; and a need with fewer examples than folds.
CONTRADICTING = {
    **EXAMPLES,
    "greet": (*EXAMPLES["greet"], "what are your rates?", "tell me the price of the small boxes"),
    "praise": ("well done <b>you</b>", "great work"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = small_project(tmp_path_factory.mktemp("check"))
    write_examples(found, CONTRADICTING)
    domain = found / "domain.yml"
    domain.write_text(yaml.safe_dump({**DOMAIN, "intents": [*DOMAIN["intents"], "praise"]}))
    return found


@pytest.fixture(scope="module")
def report(project: Path) -> Any:
    return check_examples(project, ("en", "nl"), folds=3)


def test_report_has_a_row_a_need_and_what_is_worth_a_look(report: Any) -> None:
    assert (report["folds"], report["examples"]) == (3, 34)
    rows = report["languages"]["en"]["needs"]
    assert set(rows) == set(CONTRADICTING)
    assert set(rows["greet"]) == {"precision", "recall", "f1", "support"}
    assert rows["find_price"]["f1"] > 0.6
    assert report["few"] == {"praise": 2}
    same, *near = report["alike"]
    assert same["same"]
    assert {same["one"]["label"], same["other"]["label"]} == {"find_price", "greet"}
    assert near[0]["likeness"] >= 0.8
    for one in report["confusions"]:
        assert one["count"] >= report["least_confused"]
        assert all(example["language"] == "en" for example in one["examples"])
    matrix = report["matrix"]
    assert sum(map(sum, matrix["counts"])) == 34
    assert matrix["expected"] == sorted(CONTRADICTING)


def test_report_is_the_same_every_time(project: Path, report: Any) -> None:
    assert check_examples(project, ("en", "nl"), folds=3) == report


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_needs_nothing_else_reads_on_a_phone_and_is_accessible(
    report: Any, tmp_path: Path, browser: Browser, scheme: Any
) -> None:
    html, data = write_report({"fingerprint": "f", **report}, tmp_path)
    assert json.loads(data.read_text())["alike"] == report["alike"]
    page = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(html.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert asked == [html.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator("svg[role=img] rect").count() > 4
    assert page.locator("script, link, img").count() == 0
    assert "<b>you" not in html.read_text()
    faults = Axe().run(page).response["violations"]
    assert [fault["id"] for fault in faults] == []
    page.close()


def test_command_writes_both_prints_where_and_then_trains(project: Path, tmp_path: Path) -> None:
    environment = {"ASKFIRST_PROJECT_DIR": str(project)}
    done = run("train", "--check", "--folds", "2", data_dir=tmp_path / "var", **environment)
    assert done.returncode == 0, done.stderr
    assert "The model for the present data is" in done.stdout
    (folder,) = (tmp_path / "var" / "reports").iterdir()
    assert "<svg" in (folder / "report.html").read_text()
    assert json.loads((folder / "report.json").read_text())["fingerprint"] == folder.name
    for name in ("report.html", "report.json"):
        assert f"  {folder / name}\n" in done.stdout

    done = run("train", "--check", "--json", data_dir=tmp_path / "var", **environment)
    found = json.loads(done.stdout)
    assert found["switched_in"]
    assert found["check"]["folds"] == 5
    assert found["check"]["files"][0].endswith("report.html")


def test_examples_that_cannot_be_read_or_divided_are_one_line(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    examples = project / "data" / "nlu" / "en.yml"
    environment = {"ASKFIRST_PROJECT_DIR": str(project)}
    many = run("train", "--check", "--folds", "11", data_dir=tmp_path / "var", **environment)
    examples.write_text("nlu:\n- intent: [\n")
    broken = run("train", "--check", data_dir=tmp_path / "var", **environment)
    for done, message in ((many, "choose fewer folds"), (broken, "en.yml")):
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert message in done.stderr
