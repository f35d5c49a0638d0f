"""The script as it is served: small, complete in every language, and without dangerous calls."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from bot.settings import PROJECT_DIR
from bot.texts import load_texts
from bot.widget.script import FOLDER, PARTS, build_script

MOST_BYTES = 15 * 1024
LANGUAGES = ("en", "nl")
SOURCES = {name: (FOLDER / name).read_text(encoding="utf-8") for name in PARTS}


def script() -> str:
    texts = load_texts(PROJECT_DIR, LANGUAGES)
    return build_script(texts, "Example Ltd", "https://help.example").plain.decode()


def words(language: str) -> dict[str, str]:
    folder = PROJECT_DIR / "texts" / "widget"
    lines = (folder / f"{language}.yml").read_text(encoding="utf-8")
    return dict(re.findall(r'^((?:widget|chat)\.\w+): "(.*)"$', lines, flags=re.MULTILINE))


def test_script_is_small_when_compressed() -> None:
    built = build_script(load_texts(PROJECT_DIR, LANGUAGES), "Example Ltd", "https://help.example")
    assert gzip.decompress(built.compressed) == built.plain
    assert len(built.compressed) <= MOST_BYTES


def test_script_is_the_same_bytes_each_time() -> None:
    assert script() == script()


def test_script_holds_the_words_of_every_language_and_the_first_message() -> None:
    line = next(line for line in script().splitlines() if line.startswith("const TEXTS"))
    texts = json.loads(line.removeprefix("const TEXTS = ").removesuffix(";"))
    assert set(texts) == set(LANGUAGES)
    for language in LANGUAGES:
        assert f"https://help.example/privacy?lang={language}" in texts[language]["disclosure"]
        assert "Example Ltd" in texts[language]["disclosure"]
        assert "{" not in texts[language]["disclosure"]


def test_script_has_no_marker_left() -> None:
    assert not re.search(r"__[A-Z]+__", script())


def test_texts_have_the_same_keys_and_placeholders_in_every_language() -> None:
    english = words("en")
    for language in LANGUAGES:
        there = words(language)
        assert set(there) == set(english)
        for key, text in there.items():
            found = set(re.findall(r"\{\w+\}", text))
            assert found == set(re.findall(r"\{\w+\}", english[key])), key


def test_every_word_the_script_says_exists_and_every_existing_word_is_said() -> None:
    known = {key.removeprefix("widget.") for key in words("en") if key.startswith("widget.")}
    source = "\n".join(SOURCES.values())
    said = set(re.findall(r'\bsay\("(\w+)"', source)) - {"disclosure"}
    assert said <= known
    unsaid = {key for key in known if f'"{key}"' not in source}
    assert unsaid == set()


@pytest.mark.parametrize(
    "forbidden",
    [
        r"innerHTML",
        r"outerHTML",
        r"insertAdjacentHTML",
        r"document\.write",
        r"\beval\b",
        r"new Function",
        r"DOMParser",
        r"\.cookie\b",
        r"localStorage",
        r"set(Timeout|Interval)\(\s*[\"'`]",
        r"setAttribute\(\s*[\"']style",
    ],
)
def test_source_never_uses(forbidden: str) -> None:
    found = [name for name, text in SOURCES.items() if re.search(forbidden, text)]
    assert found == []


def test_no_line_of_the_parts_begins_inside_a_template() -> None:
    """Indentation and comment lines are cut by line; that is safe only if this holds."""
    for name, text in SOURCES.items():
        for number, line in enumerate(text.splitlines(), start=1):
            assert line.count("`") % 2 == 0, f"{name}:{number}"


def test_every_part_is_in_the_script() -> None:
    assert {path.name for path in FOLDER.glob("*.js")} == set(PARTS)


def tokens(path: Path, prefix: str) -> list[dict[str, str]]:
    """Return the colour tokens of a style, light first, dark (with light's rest) second."""
    text = path.read_text(encoding="utf-8")
    found: list[dict[str, str]] = []
    for block in re.findall(r"(?::host|:root) \{(.*?)\}", text, flags=re.DOTALL):
        colours = dict(re.findall(rf"--{prefix}([\w-]+): (#[0-9a-f]{{6}});", block))
        if colours:
            found.append(colours)
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


WIDGET = [
    tokens(FOLDER / "widget.css", "askfirst-")[0],
    tokens(FOLDER / "dark.css", "askfirst-")[0],
]
CHAT = tokens(PROJECT_DIR / "bot" / "channels" / "static" / "chat.css", "")
LOOKS = {
    "widget-light": WIDGET[0],
    "widget-dark": WIDGET[1],
    "chat-light": CHAT[0],
    "chat-dark": CHAT[1],
}
TEXT_PAIRS = [
    ("text", "background"),
    ("text", "soft"),
    ("muted", "background"),
    ("muted", "soft"),
    ("accent", "background"),
    ("accent", "soft"),
    ("on-accent", "accent"),
    ("on-visitor", "visitor"),
    ("warning", "background"),
    ("background", "text"),
    ("text", "mark"),
    ("accent", "mark"),
]
LINE_PAIRS = [("line", "background"), ("line", "soft"), ("accent", "background")]


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("look", LOOKS)
def test_colours_can_be_read(look: str) -> None:
    colours = LOOKS[look]
    pairs = [pair for pair in TEXT_PAIRS if set(pair) <= set(colours)]
    assert len(pairs) >= len(TEXT_PAIRS) - 1  # the page has no warning colour
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("look", LOOKS)
def test_borders_and_focus_can_be_seen(look: str) -> None:
    colours = LOOKS[look]
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in LINE_PAIRS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 3} == {}


def test_both_styles_have_the_same_colours_in_light_and_dark() -> None:
    assert set(WIDGET[0]) == set(WIDGET[1])
    assert set(CHAT[0]) == set(CHAT[1])
