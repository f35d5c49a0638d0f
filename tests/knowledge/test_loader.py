from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.knowledge import Library, load_articles
from tests.knowledge.samples import ARTICLES, WEBSITE, write_articles

LANGUAGES = ("en", "nl")


def load(folder: Path, **articles: str) -> Library:
    files = {f"{name}.md": text for name, text in articles.items()}
    return load_articles(write_articles(folder, files), languages=LANGUAGES)


def test_articles_load_with_everything_they_say(folder: Path) -> None:
    library = load_articles(folder, languages=LANGUAGES)

    assert library.problems == ()
    assert {article.id for article in library.articles} == {name[:-3] for name in ARTICLES}
    website = library.find("en/website")
    assert website is not None
    assert website.slug == "website"
    assert website.title == "Put the assistant on your website"
    assert website.language == "en"
    assert website.reviewed == date(2026, 11, 1)
    assert website.owner == "Support"
    assert website.keywords == ("site", "embed", "install", "widget")
    assert website.body == WEBSITE.split("---\n", 2)[2]
    assert website.line_at(website.body.index("## Allow")) == 1 + WEBSITE[
        : WEBSITE.index("## Allow")
    ].count("\n")


def test_title_comes_from_the_heading_without_markup_or_html(folder: Path) -> None:
    permissions = load_articles(folder, languages=LANGUAGES).find("en/permissions")

    assert permissions is not None
    assert permissions.title == "What you agreed to"
    assert permissions.keywords == ("consent", "opt out", "agree")


def test_title_comes_from_the_file_name_if_nothing_else_says_it(tmp_path: Path) -> None:
    library = load(tmp_path, **{"opening-hours_summer": "We are open."})

    assert library.articles[0].title == "Opening hours summer"


def test_language_is_front_matter_then_folder_then_default(tmp_path: Path) -> None:
    library = load(
        tmp_path, **{"a": "x", "nl/b": "x", "c": "---\nlanguage: nl\n---\nx", "guide/d": "x"}
    )

    assert {one.id: one.language for one in library.articles} == {
        "a": "en",
        "nl/b": "nl",
        "c": "nl",
        "guide/d": "en",
    }
    assert {one.slug for one in library.articles} == {"a", "b", "c", "guide/d"}


def test_translations_are_the_pages_with_the_same_slug(folder: Path) -> None:
    library = load_articles(folder, languages=LANGUAGES)
    dutch = library.find_page("nl", "website")

    assert dutch is not None
    assert [one.id for one in library.translations(dutch)] == ["en/website"]


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b"---\ntitle: a: b: [\n---\nbody", 2, "broken YAML"),
        (b"---\n- one\n---\nbody", 2, "list of keys"),
        (b"---\ntitle: x\n\n# Never closed\n", 1, "not closed"),
        (b"---\ntitle: x\nlanguage: tlh\n---\nbody", 3, "unknown language `tlh`"),
        (b"# Good\n\nfine\n\xff\xfe bad", 4, "not UTF-8"),
        (b"# Good\n\x00\x01", 2, "binary"),
        (b"", 1, "empty"),
        (b"---\ntitle: x\n---\n \n", 1, "empty"),
        (b"# Long\n" + b"word " * 400_001, 1, "larger than 2 MB"),
    ],
)
def test_bad_file_is_a_problem_and_the_rest_loads(
    folder: Path, raw: bytes, line: int, words: str
) -> None:
    (folder / "en" / "bad.md").write_bytes(raw)

    library = load_articles(folder, languages=LANGUAGES)

    assert len(library.articles) == len(ARTICLES)
    (problem,) = library.problems
    assert (problem.file, problem.line, problem.severity) == ("en/bad.md", line, "error")
    assert words in problem.message


def test_same_address_leaves_out_the_second_and_names_both(tmp_path: Path) -> None:
    library = load(tmp_path, **{"en/Opening Hours": "one", "en/opening-hours": "two"})

    assert [one.id for one in library.articles] == ["en/Opening Hours"]
    (problem,) = library.problems
    assert problem.file == "en/opening-hours.md"
    assert "en/Opening Hours.md" in problem.message


@pytest.mark.parametrize(
    ("front", "line", "words"),
    [
        ("titel: x", 2, "unknown key `titel`; known are title, language"),
        ("title: x\nreviewed: soon", 3, "date like 2026-11-22"),
        ("keywords: {a: b}", 2, "list like"),
        ("title: [a, b]", 2, "words on one line"),
        ("title: x\ntitle: y", 3, "twice"),
    ],
)
def test_mistyped_front_matter_warns_and_the_article_still_answers(
    tmp_path: Path, front: str, line: int, words: str
) -> None:
    library = load(tmp_path, a=f"---\n{front}\n---\nbody")

    assert len(library.articles) == 1
    (problem,) = library.problems
    assert (problem.line, problem.severity) == (line, "warning")
    assert words in problem.message


def test_thematic_break_at_the_top_is_no_front_matter(tmp_path: Path) -> None:
    library = load(tmp_path, a="---\n\nJust a rule above this text.")

    assert library.problems == ()
    assert library.articles[0].body == "---\n\nJust a rule above this text."


def test_hidden_and_other_files_are_passed_over(folder: Path) -> None:
    write_articles(folder, {".git/x.md": "no", "en/.draft.md": "no", "en/note.txt": "no"})

    assert len(load_articles(folder, languages=LANGUAGES).articles) == len(ARTICLES)


def test_missing_folder_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder of articles"):
        load_articles(tmp_path / "none", languages=LANGUAGES)


def test_cache_gives_the_same_library_and_survives_damage(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    plain = load_articles(folder, languages=LANGUAGES)
    first = load_articles(folder, languages=LANGUAGES, cache_dir=cache)
    stored = json.loads((cache / "outlines.json").read_text())
    again = load_articles(folder, languages=LANGUAGES, cache_dir=cache)

    assert len(stored["outlines"]) == len(ARTICLES)
    assert plain.articles == first.articles == again.articles

    (cache / "outlines.json").write_text("{broken")
    assert load_articles(folder, languages=LANGUAGES, cache_dir=cache).articles == plain.articles


def test_cache_is_used_for_unchanged_bodies_only(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    load_articles(folder, languages=LANGUAGES, cache_dir=cache)
    write_articles(folder, {"en/website.md": "# Changed\n\nNow it says something else."})

    changed = load_articles(folder, languages=LANGUAGES, cache_dir=cache).find("en/website")

    assert changed is not None
    assert [heading.text for heading in changed.outline.headings] == ["Changed"]


def test_unusable_cache_folder_costs_no_article(folder: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("x")

    library = load_articles(folder, languages=LANGUAGES, cache_dir=in_the_way)

    assert len(library.articles) == len(ARTICLES)
