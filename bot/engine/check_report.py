"""Writes a check of the examples as a page for people and as JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

CELL = 14
# Room for the needs' names beside and above the picture, in its own units: a letter, and around.
LETTER, AROUND = 5.4, 12


def write_report(report: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write `report.html` and `report.json` into `folder`, made if need be; return both."""
    folder.mkdir(parents=True, exist_ok=True)
    html, data = folder / "report.html", folder / "report.json"
    data.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", "utf-8")
    html.write_text(_page(report), "utf-8")
    return html, data


def _page(report: Mapping[str, Any]) -> str:
    environment = _environment()
    return environment.get_template("report.html").render(
        report=report, picture=_picture(report["matrix"]), missed=_missed(report["matrix"])
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot.engine"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    return environment


def _breakable(name: str) -> Markup:
    """Let a need's name go on in the next line behind its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


def _picture(matrix: Mapping[str, Any]) -> dict[str, Any]:
    """Return the places of names and cells; a cell's `strength` is 0 to 1.

    It is the root of the cell's share of its row: a few mistakes are seen, and many stand out.
    """
    names = round(LETTER * max(map(len, matrix["found"])) + AROUND)
    cells = [
        {
            "x": names + x * CELL, "y": names + y * CELL, "count": count,
            "strength": round(math.sqrt(count / sum(row)), 3), "right": label == found,
            "label": label, "found": found,
        }
        for y, (label, row) in enumerate(zip(matrix["expected"], matrix["counts"], strict=True))
        for x, (found, count) in enumerate(zip(matrix["found"], row, strict=True))
        if count
    ]  # fmt: skip
    return {
        "cell": CELL,
        "names": names,
        "width": names + CELL * len(matrix["found"]),
        "height": names + CELL * len(matrix["expected"]),
        "rows": _named(matrix["expected"], names),
        "columns": _named(matrix["found"], names),
        "cells": cells,
    }


def _named(names: list[str], start: int) -> list[tuple[str, float]]:
    return [(name, start + CELL * (at + 0.5)) for at, name in enumerate(names)]


def _missed(matrix: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return, a need a row, how often it was found and what it was taken for instead."""
    return [
        {
            "need": label, "examples": sum(row), "right": row[at],
            "instead": sorted(
                ((n, name) for n, name in zip(row, matrix["found"], strict=True)
                 if n and name != label),
                reverse=True,
            ),
        }
        for at, (label, row) in enumerate(zip(matrix["expected"], matrix["counts"], strict=True))
    ]  # fmt: skip
