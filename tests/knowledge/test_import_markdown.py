"""A folder of Markdown: bodies word for word, front matter mapped or named."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.knowledge import HelpArticle, load_articles
from tests.knowledge.imports import Imported, errors, run, write


def imported(
    tmp_path: Path, files: dict[str, str | bytes]
) -> tuple[Imported, dict[str, HelpArticle]]:
    into = tmp_path / "articles"
    found = run(write(tmp_path / "docs", files), into)
    library = load_articles(into, languages=("en", "nl"))
    assert errors(into) == []
    return found, {one.id: one for one in library.everything}


def test_keys_that_are_known_stay_and_others_are_mapped_or_named(tmp_path: Path) -> None:
    body = "# A\r\n\r\nText & <b>more</b>  \r\n"
    front = (
        "---\ntitle: Ours\nlang: nl\nlastmod: 2026-03-04T10:00:00Z\ntags: [one, two]\n"
        "author: Ann\nlayout: page\nneeds: [learn_how]\npublished: false\n---\n"
    )
    found, articles = imported(tmp_path, {"a.md": front + body})

    article = articles["nl/docs/a"]
    assert article.body == body
    assert (article.title, article.language, article.owner) == ("Ours", "nl", "Ann")
    assert (str(article.reviewed), article.keywords) == ("2026-03-04", ("one", "two"))
    assert (article.needs, article.draft) == (("learn_how",), True)
    assert article.source and (article.source.item, article.source.name) == ("a.md", "docs")
    assert found.reasons("new") == {"a.md": "key `layout` was left out"}


def test_folders_of_languages_and_links_between_files_stay(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "en/Set Up.md": "# Set up\n\nSee [more](sub/More.Info.md#b).\n",
        "en/sub/More.Info.md": "# More\n\nWords.\n\n## B\n\nWords.\n",
        "nl/Set Up.md": "# Instellen\n\nWoorden.\n",
        ".git/x.md": "# Hidden\n",
    }
    found, articles = imported(tmp_path, files)

    assert found.counts == {"new": 3}
    assert set(articles) == {"en/docs/Set Up", "en/docs/sub/More.Info", "nl/docs/Set Up"}
    library = load_articles(tmp_path / "articles", languages=("en", "nl"))
    translations = library.translations(articles["en/docs/Set Up"])
    assert "nl" in {one.language for one in translations}


def test_two_names_for_one_address_get_files_of_their_own(tmp_path: Path) -> None:
    found, articles = imported(tmp_path, {"A.md": "# A\n\nx\n", "a.md": "# B\n\ny\n"})

    assert found.counts == {"new": 2}
    assert len({one.slug for one in articles.values()}) == 2


def test_unclear_permission_comes_in_as_a_draft(tmp_path: Path) -> None:
    found, articles = imported(tmp_path, {"a.md": "---\naudience: {x: 1}\n---\n# A\n\nx\n"})

    assert articles["en/docs/a"].draft
    assert "draft" in found.reasons("new")["a.md"]


def test_files_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret\n\nwords\n")
    source = write(tmp_path / "docs", {"a.md": "# A\n\nx\n", "front.md": "---\nowner: x\n---\n"})
    (source / "link.md").symlink_to(tmp_path / "secret.md")
    (source / "loop.md").symlink_to(source / "loop.md")
    found = run(source, tmp_path / "articles")

    assert found.counts == {"new": 1, "left out": 3}
    assert "outside the folder" in found.reasons("left out")["link.md"]
    assert "no text" in found.reasons("left out")["front.md"]


def test_front_matter_is_plain_yaml_with_where_it_came_from(tmp_path: Path) -> None:
    imported(tmp_path, {"a.md": '---\ntitle: "Yes: no # maybe"\n---\n# A\n\nx\n'})
    text = (tmp_path / "articles/en/docs/a.md").read_text()
    front = yaml.safe_load(text.split("---\n")[1])

    assert front["title"] == "Yes: no # maybe"
    assert set(front["source"]) == {"import", "item", "digest"}
