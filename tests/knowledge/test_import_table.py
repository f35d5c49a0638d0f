"""Tables of questions and answers, as CSV and as Excel."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from bot.knowledge import Knowledge, load_articles
from tests.knowledge.imports import errors, refused, run, write

CSV = (
    "Vraag;Antwoord;Rubriek\n"
    "Hoe laat zijn jullie open?;Van negen tot vijf.;Winkel\n"
    '"Wat kost verzenden?";"<p>In <b>Nederland</b> niets.</p>'
    '<ul><li>Duitsland: 5 euro</li></ul>";Geld\n'
    ";Zonder vraag;Geld\n"
    ";;\n"
    "Hoe laat zijn jullie open?;Nog eens;Winkel\n"
    "Gebruik ik C# of *sterren*?;Eén regel\n"
)


def test_rows_become_articles_and_bad_rows_are_named(tmp_path: Path) -> None:
    source, into = write(tmp_path, {"faq.csv": CSV}) / "faq.csv", tmp_path / "articles"
    found = run(source, into, "--language", "nl")

    assert (found.code, found.counts) == (1, {"new": 3, "left out": 2})
    assert "no question" in found.reasons("left out")["row 4"]
    assert "same as row 2" in found.reasons("left out")["row 6"]
    text = (into / "nl/faq/wat-kost-verzenden.md").read_text()
    assert "# Wat kost verzenden?\n\nIn **Nederland** niets.\n\n- Duitsland: 5 euro\n" in text
    titles = {one.title for one in load_articles(into, languages=("en", "nl")).articles}
    assert "Gebruik ik C# of *sterren*?" in titles
    assert errors(into) == []
    assert run(source, into, "--language", "nl").counts == {"unchanged": 3, "left out": 2}


def test_rows_of_a_category_become_one_article(tmp_path: Path) -> None:
    source, into = write(tmp_path, {"faq.csv": CSV}) / "faq.csv", tmp_path / "articles"
    found = run(source, into, "--lang", "nl", "--category-column", "rubriek")

    assert found.counts == {"new": 2, "left out": 3}
    text = (into / "nl/faq/winkel.md").read_text()
    assert "# Winkel\n\n## Hoe laat zijn jullie open?\n\nVan negen" in text
    (hit,) = Knowledge.load(into, languages=("en", "nl")).search("verzenden kost", k=1)
    assert hit.article.title == "Geld"


@pytest.mark.parametrize("head", ["question,answer", "Q\tA", "Body,Title", "Titel;Tekst"])
def test_columns_are_recognised(tmp_path: Path, head: str) -> None:
    separator = next(sign for sign in ",;\t" if sign in head)
    row = separator.join(["Words here", "Words there"])
    source = write(tmp_path, {"x.csv": f"\ufeff{head}\r\n{row}\r\n"}) / "x.csv"

    assert run(source, tmp_path / "articles").counts == {"new": 1}


def test_other_columns_are_named_by_options(tmp_path: Path) -> None:
    source = write(tmp_path, {"x.csv": "Ask,Say\nWhere?,Here.\n"}) / "x.csv"
    into = tmp_path / "articles"

    assert "Ask, Say" in (message := refused(source, into)) and "--question-column" in message
    assert "no column of answers" in refused(source, into, "--question-column", "Ask")
    both = ("--question-column", "ask", "--answer-column", "SAY")
    assert run(source, into, *both).counts == {"new": 1}


def test_identifiers_and_languages_keep_rows_apart(tmp_path: Path) -> None:
    rows = "id,language,question,answer\n7,en,Where?,Here.\n7,nl,Waar?,Hier.\n"
    source, into = write(tmp_path, {"x.csv": rows}) / "x.csv", tmp_path / "articles"
    run(source, into)
    write(tmp_path, {"x.csv": rows.replace("Where?", "Where is it?")})

    assert run(source, into).counts == {"changed": 1, "unchanged": 1}


def test_old_encodings_are_read_with_a_remark(tmp_path: Path) -> None:
    source = write(tmp_path, {"x.csv": "vraag;antwoord\nCafé?;Één\n".encode("cp1252")}) / "x.csv"
    found = run(source, tmp_path / "articles")

    assert "Windows-1252" in found.plan["remarks"][0]
    assert "Één" in (tmp_path / "articles/en/x/cafe.md").read_text()


def test_excel_is_read_from_its_first_sheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Question", "Answer"], ["How many?", 42.0], [None, None], ["When?", "Now."]):
        sheet.append(row)
    book.create_sheet("Old")
    book.save(tmp_path / "faq.xlsx")
    found = run(tmp_path / "faq.xlsx", tmp_path / "articles")

    assert (found.code, found.counts) == (0, {"new": 2})
    assert "not Old" in found.plan["remarks"][0]
    assert "\n42\n" in (tmp_path / "articles/en/faq/how-many.md").read_text()


@pytest.mark.parametrize("name", ["x.xlsx", "x.csv"])
def test_broken_tables_are_refused_in_one_line(tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: b"PK\x03\x04 broken \x00"})

    assert refused(tmp_path / name, tmp_path / "articles").count("\n") == 1
