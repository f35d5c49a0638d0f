"""A table of questions and answers: CSV, or the first sheet of an Excel file."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from bot.knowledge.importing.clean_html import escaped, to_markdown
from bot.knowledge.importing.files import LARGEST_DATA, read_data
from bot.knowledge.importing.items import (
    Collected,
    Item,
    LeftOut,
    Markdown,
    Options,
    SourceUnusable,
    Track,
    Unusable,
)
from bot.knowledge.importing.paths import name_of, words_place

ENDINGS = (".csv", ".tsv", ".xlsx")
MOST_ROWS, MOST_COLUMNS = 100_000, 200
# Headings by which columns are recognised, best first; any case, English and Dutch.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "question": ("question", "vraag", "questions", "vragen", "q", "v", "title", "titel"),
    "answer": ("answer", "antwoord", "answers", "antwoorden", "a", "body", "text", "tekst"),
    "category": (),  # only when it is asked for: one article a row answers better
    "language": ("language", "taal", "lang", "locale"),
    "id": ("id", "nr", "number", "nummer"),
}
_HTML = re.compile(r"<(?:p|br|div|ul|ol|li|b|strong|i|em|a|table|h[1-6]|span)\b[^<>]*>", re.I)

Row = Mapping[str, str]


@dataclass
class _Group:
    """The rows of one article."""

    title: str
    language: str
    parts: list[tuple[str, str]] = field(default_factory=list)


def collect(
    source: str, options: Options, _languages: Sequence[str], track: Track[tuple[int, Row]]
) -> Collected:
    """Raises `SourceUnusable` when the columns are not found or the file is no table."""
    path = Path(source)
    rows, remarks = _rows(path)
    heads, *below = rows or [[]]
    columns = _columns(heads, options)
    left_out: list[LeftOut] = []
    groups: dict[str, _Group] = {}
    first_row: dict[str, int] = {}
    numbered = [(number, _row(columns, cells)) for number, cells in enumerate(below, 2)]
    for number, row in track(numbered, "Reading rows"):
        if not any(row.values()):
            continue
        try:
            _take(row, number, groups, first_row, grouped="category" in columns)
        except Unusable as error:
            left_out.append(
                LeftOut(f"row {number}", error.reason, _key(row, "category" in columns))
            )
    items = tuple(_item(key, group, "category" in columns) for key, group in groups.items())
    name = options.name or name_of(path.stem)
    return Collected("table", name, items, tuple(left_out), remarks=remarks)


def _rows(path: Path) -> tuple[list[list[str]], tuple[str, ...]]:
    if path.suffix.lower() == ".xlsx":
        return _sheet(path)
    raw = read_data(path)
    if b"\x00" in raw:
        raise SourceUnusable(f"{path.name} is no text; save the table as CSV in UTF-8")
    try:
        return _csv(path, raw.decode("utf-8-sig")), ()
    except UnicodeDecodeError:
        remark = f"{path.name} is not UTF-8 and was read as Windows-1252"
        return _csv(path, raw.decode("cp1252", "replace")), (remark,)


def _csv(path: Path, text: str) -> list[list[str]]:
    """Read CSV by the separator that its first line has most of."""
    first = text.partition("\n")[0]
    separator = max(",;\t|", key=first.count)
    csv.field_size_limit(LARGEST_DATA)
    try:
        return [row[:MOST_COLUMNS] for row in csv.reader(io.StringIO(text), delimiter=separator)]
    except csv.Error as error:
        raise SourceUnusable(f"{path.name} is no CSV file ({error}); save it anew") from error


def _sheet(path: Path) -> tuple[list[list[str]], tuple[str, ...]]:
    raw = read_data(path)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(one.file_size for one in packed.infolist()) > LARGEST_DATA:
                raise SourceUnusable(f"{path.name} is too large; save the table as CSV")
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        cells = sheet.iter_rows(values_only=True, max_row=MOST_ROWS, max_col=MOST_COLUMNS)
        rows = [[_written(cell) for cell in row] for row in cells]
    except (
        zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, SyntaxError,
        OSError, TypeError,
    ) as error:  # fmt: skip  # what openpyxl raises on broken files
        raise SourceUnusable(
            f"{path.name} is no Excel file that can be read; save it anew"
        ) from error
    others = [one.title for one in book.worksheets[1:]]
    book.close()
    left = (f"only the first sheet, {sheet.title}, was read; not {', '.join(others)}",)
    return rows, left if others else ()


def _written(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _columns(heads: Sequence[str], options: Options) -> dict[str, int]:
    """Return where each column is. Raises `SourceUnusable` if one that is needed is missing."""
    names = [" ".join(head.split()).casefold() for head in heads]
    found: dict[str, int] = {}
    for column, headings in HEADINGS.items():
        named = str(getattr(options, f"{column}_column", "")).strip().casefold()
        for heading in (named,) if named else headings:
            if heading in names:
                found.setdefault(column, names.index(heading))
        if column not in found and (named or column in {"question", "answer"}):
            there = ", ".join(head for head in heads if head.strip()) or "none"
            message = (
                f"no column of {column}s; its headings are: {there}; name it with --{column}-column"
            )
            raise SourceUnusable(message.replace("categorys", "categories"), field=column)
    return found


def _row(columns: Mapping[str, int], cells: Sequence[str]) -> Row:
    return {
        column: cells[place].strip() if place < len(cells) else ""
        for column, place in columns.items()
    }


def _key(row: Row, grouped: bool) -> str:
    key = row.get("category", "") if grouped else row.get("id", "") or row["question"]
    language = row.get("language", "").casefold()
    plain = " ".join(key.split())
    return f"{language}/{plain}" if language and plain else plain


def _take(
    row: Row, number: int, groups: dict[str, _Group], first_row: dict[str, int], *, grouped: bool
) -> None:
    """Add a row to its article. Raises `Unusable`."""
    for column in ("question", "answer", *(("category",) if grouped else ())):
        if not row[column]:
            raise Unusable(f"it has no {column}; write one, or delete the row")
    question = " ".join(row["question"].split())
    once = f"{_key(row, grouped)}\n{question}" if grouped else _key(row, grouped)
    if once in first_row:
        raise Unusable(f"it asks the same as row {first_row[once]}; keep one of the two")
    answer = _answer(row["answer"])
    first_row[once] = number
    title = " ".join(row["category"].split()) if grouped else question
    group = groups.setdefault(_key(row, grouped), _Group(title, row.get("language", "")))
    group.parts.append((question, answer))


def _answer(cell: str) -> str:
    """Return an answer as Markdown; what has HTML tags is taken for HTML."""
    if _HTML.search(cell):
        return to_markdown(cell, "", lambda _address: None)[0].strip()
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _item(key: str, group: _Group, grouped: bool) -> Item:
    parts = [f"# {escaped(group.title)}"]
    for question, answer in group.parts:
        parts += [*([f"## {escaped(question)}"] if grouped else []), answer]
    return Item(
        key=key,
        place=words_place(group.title),
        body=Markdown("\n\n".join(parts) + "\n"),
        language=group.language,
        front={"title": group.title},
    )
