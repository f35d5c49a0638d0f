"""The training examples of the needs are complete, never contradict and never repeat themselves."""

import re
from collections import Counter, defaultdict
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from scipy.sparse import csr_array, triu
from sklearn.feature_extraction.text import CountVectorizer

ROOT = Path(__file__).parents[1]
LANGUAGES = ("en", "nl")
NEEDS = {
    "learn_how",
    "fix_problem",
    "get_started",
    "find_information",
    "compare_options",
    "check_claim",
    "find_price",
    "check_status",
    "billing_question",
    "account_access",
    "change_something",
    "leave_or_cancel",
    "refund_or_return",
    "complain",
    "praise",
    "suggest_idea",
    "accessibility_need",
    "privacy_question",
    "show_my_data",
    "forget_me",
    "my_permissions",
    "stop_contacting_me",
    "ask_follow_up",
    "ask_person",
    "not_helpful",
    "affirm",
    "deny",
    "not_now",
    "greet",
    "thanks",
    "goodbye",
    "bot_challenge",
    "out_of_scope",
}
LEAST = {"en": 40, "nl": 25}
ALIKE_WITHIN_A_NEED = 0.8
ALIKE_ACROSS_NEEDS = 0.9
ADDRESS = re.compile(r"\S+@\S+")
PHONE = re.compile(r"\+?\d(?:[\s()/.-]*\d){6,}")


class Example(NamedTuple):
    """One sentence with its language and the need it stands for."""

    language: str
    need: str
    text: str


@cache
def examples(language: str) -> tuple[Example, ...]:
    """All examples of a language, in the order of its file."""
    source = (ROOT / "data" / "nlu" / f"{language}.yml").read_text(encoding="utf-8")
    return tuple(
        Example(language, block["intent"], line.removeprefix("- ").strip())
        for block in yaml.safe_load(source)["nlu"]
        for line in block["examples"].splitlines()
    )


def all_examples() -> list[Example]:
    return [example for language in LANGUAGES for example in examples(language)]


def plain(text: str) -> str:
    """The text without case and punctuation; a text of signs only (an emoji) stays itself."""
    return " ".join(re.findall(r"\w+", text.casefold())) or text


def listed(pairs: list[tuple[Example, Example]]) -> str:
    return "\n".join(
        f"{a.language}/{a.need}: {a.text!r}\n    {b.language}/{b.need}: {b.text!r}"
        for a, b in pairs
    )


def alike(rows: list[Example], least: float) -> list[tuple[Example, Example]]:
    """The pairs whose sets of three-letter pieces overlap (Jaccard) by at least `least`."""
    vectorizer = CountVectorizer(
        analyzer="char",
        ngram_range=(3, 3),
        binary=True,
        preprocessor=lambda text: f" {plain(text)} ",
    )
    pieces = csr_array(vectorizer.fit_transform([row.text for row in rows]))
    sizes = pieces.sum(axis=1)
    shared = triu(pieces @ pieces.T, k=1).tocoo()
    overlap = shared.data / (sizes[shared.row] + sizes[shared.col] - shared.data)
    hits = overlap >= least
    return [(rows[a], rows[b]) for a, b in zip(shared.row[hits], shared.col[hits], strict=True)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_need_has_examples_in_every_language(language: str) -> None:
    assert {example.need for example in examples(language)} == NEEDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_need_has_enough_examples(language: str) -> None:
    counts = Counter(example.need for example in examples(language))
    assert {need: counts[need] for need in NEEDS if counts[need] < LEAST[language]} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_need_has_one_block_of_listed_lines(language: str) -> None:
    source = (ROOT / "data" / "nlu" / f"{language}.yml").read_text(encoding="utf-8")
    blocks = yaml.safe_load(source)["nlu"]
    lines = [line for block in blocks for line in block["examples"].splitlines()]
    assert len(blocks) == len({block["intent"] for block in blocks})
    assert [line for line in lines if not line.startswith("- ") or line != line.strip()] == []


def test_no_sentence_stands_twice() -> None:
    same: defaultdict[str, list[Example]] = defaultdict(list)
    for example in all_examples():
        same[plain(example.text)].append(example)
    pairs = [pair for rows in same.values() for pair in combinations(rows, 2)]
    assert not pairs, listed(pairs)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_need_has_no_near_copies(language: str) -> None:
    pairs = [
        (a, b) for a, b in alike(list(examples(language)), ALIKE_WITHIN_A_NEED) if a.need == b.need
    ]
    assert not pairs, listed(pairs)


def test_two_needs_share_no_near_copies() -> None:
    pairs = [(a, b) for a, b in alike(all_examples(), ALIKE_ACROSS_NEEDS) if a.need != b.need]
    assert not pairs, listed(pairs)


def test_near_copies_are_recognised() -> None:
    one = Example("en", "greet", "Could you help me out with something?")
    other = Example("en", "thanks", "could you help me out with something, please")
    far = Example("en", "thanks", "much appreciated")
    assert alike([one, far, other], ALIKE_WITHIN_A_NEED) == [(one, other)]


def test_no_example_reads_as_an_entity_to_rasa() -> None:
    assert [e for e in all_examples() if re.search(r"[\[\]{}]", e.text)] == []


def test_addresses_are_only_of_example_org() -> None:
    found = [word for e in all_examples() for word in ADDRESS.findall(e.text)]
    assert [word for word in found if not word.strip(",.!?").endswith("@example.org")] == []


def test_no_example_holds_a_phone_number() -> None:
    assert [e for e in all_examples() if PHONE.search(e.text)] == []
