"""Drafts, articles for other audiences and withheld ones: read, and never said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import Answer, Knowledge, Library, find_answer, load_articles
from bot.knowledge.articles import Publishing
from bot.knowledge.evaluation_files import read_library
from tests.knowledge.samples import write_articles

TODAY = date(2026, 11, 22)
STATES = {
    "open": "reviewed: 2026-11-01",
    "draft": "draft: true",
    "no draft": "draft: false",
    "members": "audience: [Members]",
    "staff": "audience: staff, board",
    "both": "audience: [members, staff]",
    "overdue": "review_by: 2026-11-21",
    "due": "review_by: 2026-11-22",
    "overdue draft": "review_by: 2020-01-01\ndraft: yes",
    "overdue members": "review_by: 2020-01-01\naudience: [members]",
}
FOR_MEMBERS = Publishing(audiences=frozenset({"members"}))
STRICT = Publishing(withhold_overdue_on=TODAY)


def library(folder: Path, rules: Publishing) -> Library:
    articles = {
        f"en/{name.replace(' ', '-')}.md": f"---\n{state}\n---\n# {name}\n\nText about {name}.\n"
        for name, state in STATES.items()
    }
    return load_articles(write_articles(folder, articles), languages=("en",), rules=rules)


def names(articles: tuple[object, ...]) -> set[str]:
    return {getattr(one, "title", "") for one in articles}


@pytest.mark.parametrize(
    ("rules", "withheld", "unpublished"),
    [
        (Publishing(), set(), {"draft", "members", "staff", "both", "overdue draft",
                               "overdue members"}),
        (FOR_MEMBERS, set(), {"draft", "staff", "overdue draft"}),
        (STRICT, {"overdue"}, {"draft", "members", "staff", "both", "overdue draft",
                               "overdue members"}),
        (Publishing(frozenset({"members", "staff"}), TODAY), {"overdue", "overdue members"},
         {"draft", "overdue draft"}),
    ],
)  # fmt: skip
def test_articles_are_kept_apart_by_the_rules(
    tmp_path: Path, rules: Publishing, withheld: set[str], unpublished: set[str]
) -> None:
    read = library(tmp_path, rules)
    assert read.problems == ()
    assert names(read.withheld) == withheld
    assert names(read.unpublished) == unpublished
    assert names(read.articles) == set(STATES) - withheld - unpublished
    assert names(read.everything) == set(STATES)
    for article in (*read.articles, *read.withheld):
        assert read.find(article.id) is read.find_page("en", article.slug) is article
    for article in read.unpublished:
        assert read.find(article.id) is None and read.find_page("en", article.slug) is None


def test_the_same_library_under_other_rules_is_as_if_read_by_them(tmp_path: Path) -> None:
    strict, lax = library(tmp_path, STRICT), library(tmp_path, FOR_MEMBERS)
    assert strict.published(FOR_MEMBERS) == lax
    assert lax.published(STRICT) == strict


@pytest.mark.parametrize(
    "state",
    ["draft: perhaps", "draft: 1", "audience: {a: b}", "audience: []", 'audience: ""', "draft: []"],
)
def test_state_that_cannot_be_read_keeps_the_article_out(tmp_path: Path, state: str) -> None:
    write_articles(tmp_path, {"a.md": f"---\ntitle: A\n{state}\n---\n# A\n\nText.\n"})
    read = load_articles(tmp_path, languages=("en",))
    assert read.everything == ()
    assert [(one.line, one.severity) for one in read.problems] == [(3, "error")]
    assert "until then the article is left out" in read.problems[0].message


def test_what_is_gone_leaves_an_older_library_too(tmp_path: Path) -> None:
    before = library(tmp_path, Publishing(frozenset({"members", "staff"})))
    write_articles(tmp_path, {"en/open.md": "# Edited\n\nText.\n"})
    (tmp_path / "en" / "both.md").unlink()
    rules = Publishing(frozenset({"staff"}), TODAY)
    kept = before.without_gone(load_articles(tmp_path, languages=("en",), rules=rules))
    assert names(kept.articles) == {"open", "no draft", "staff", "due"}
    assert names(kept.withheld) == {"overdue"}
    assert kept.without_gone(kept) == kept


def test_measuring_reads_no_drafts(tmp_path: Path) -> None:
    write_articles(tmp_path, {"a.md": "---\ndraft: true\n---\n# A\n\nText.\n", "b.md": "# B\n\nx"})
    assert [one.id for one in read_library(tmp_path, ("en",)).articles] == ["b"]


@dataclass(frozen=True)
class Written:
    """An article as hypothesis makes it: what it is about, and who may read it until when."""

    topic: str
    draft: bool
    audience: tuple[str, ...]
    overdue: bool
    language: str

    def text(self, secret: str) -> str:
        audience = f"audience: [{', '.join(self.audience)}]\n" if self.audience else ""
        day = "2026-01-01" if self.overdue else "2027-01-01"
        head = f"draft: {str(self.draft).lower()}\nreview_by: {day}\n{audience}"
        return f"---\n{head}---\n# The {self.topic}\n\nThe {self.topic} opens at nine. {secret}\n"

    def may_answer(self, rules: Publishing) -> bool:
        served = not self.audience or bool(set(self.audience) & rules.audiences)
        withheld = self.overdue and rules.withhold_overdue_on is not None
        return served and not self.draft and not withheld


TOPICS = ["desk", "pool", "library", "market"]
AUDIENCES = ["members", "staff"]
WRITTEN = st.builds(
    Written,
    topic=st.sampled_from(TOPICS),
    draft=st.booleans(),
    audience=st.lists(st.sampled_from(AUDIENCES), unique=True, max_size=2).map(tuple),
    overdue=st.booleans(),
    language=st.sampled_from(["en", "nl"]),
)
RULES = st.builds(
    Publishing,
    audiences=st.frozensets(st.sampled_from(AUDIENCES)),
    withhold_overdue_on=st.sampled_from([None, TODAY]),
)


@settings(max_examples=20, deadline=None)
@given(articles=st.lists(WRITTEN, min_size=1, max_size=6), rules=RULES)
def test_nothing_that_must_not_be_said_is_quoted_or_found(
    articles: list[Written], rules: Publishing
) -> None:
    secrets = {f"secret{number}": one for number, one in enumerate(articles)}
    files = {f"{one.language}/{name}.md": one.text(name) for name, one in secrets.items()}
    with TemporaryDirectory() as folder:
        read = load_articles(
            write_articles(Path(folder), files), languages=("en", "nl"), rules=rules
        )
    knowledge = Knowledge(read)
    said = []
    for topic in TOPICS:
        question = f"when does the {topic} open"
        hits = knowledge.search(question, k=20) + knowledge.rank_articles(question, k=20)
        said += [hit.passage.quote for hit in hits]
        for language in ("en", "nl"):
            found = find_answer(knowledge, question, language=language, base_url="")
            sources = found.sources if isinstance(found, Answer) else found.nearest
            said += [source.passage for source in sources]
    hidden = [name for name, one in secrets.items() if not one.may_answer(rules)]
    assert not [name for name in hidden for text in said if name in text]
