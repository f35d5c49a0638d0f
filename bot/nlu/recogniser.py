"""Finds entities by spaCy's matchers, and by shape where figures and signs are what tells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import spacy
from spacy.language import Language
from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.days import Meaning
from bot.entity_words import DatePhrase, EntityWords, LanguageWords
from bot.nlu.dates import NUMERIC, is_date, meaning_of, numeric_meaning
from bot.nlu.phrases import classes_in, token_patterns

# What counts where two overlap: first in the list, then the longer one. A telephone number goes
# before an order number, because its value is never stored.
# A bank account goes before both: it is no order number, and is kept nowhere.
RANKS = ("email", "bank_account", "product", "no_date", "date", "phone", "amount", "order_number")
NOT_KEPT = frozenset({"no_date", "bank_account"})
NEUTRAL = "xx"  # spaCy's tokenizer for any language: messages mix them

EMAIL = "email"
NUMBER_SHAPE = r"(?i)^#?[a-z]{0,4}-?\d[\da-z-]{3,}$"
SECOND_HALF = r"^\d[\da-zA-Z]*$"
CODE_SHAPE = r"^[A-Z]{2,4}-?\d{4,}$"
SUM_SHAPE = r"^(?:\d{1,3}(?:[.,'\u202f]\d{3})+|\d+)(?:[.,]\d{1,2})?(?:,-+|,--)?$"
SIGNS = ["€", "$", "£"]
PHONE = re.compile(
    r"(?<![\w.,/€$£#-])(?:(?:\+|00)\d{1,3}[ .-]?(?:\(0\))?|\(?0\d{1,4}\)?"
    r"|\(?\d{3}\)?[ -](?=\d{3}-\d{4}\b))(?:[ ./-]?\d){5,11}(?!\w)"
)
LEAST_DIGITS, MOST_DIGITS = 9, 15
# An account number by ISO 13616, written in one or in groups; where it ends its check tells.
BANK_ACCOUNT = re.compile(r"(?i)(?<!\w)[a-z]{2}\d{2}(?: ?[a-z0-9]){11,30}(?!\w)")
LEAST_ACCOUNT = 15
# A number behind an order word and signs, of four digits, or of two behind letters and a sign.
ORDER_SIGNS = r"[\s:=#(\[.\-]"
ORDER_SHAPE = r"\d{4}[/_]\d{1,6}|[a-z]{1,4}[_-]\d{2,}|[a-z]{0,4}-?\d[\da-z]{3,}"


@dataclass(frozen=True)
class Found:
    """An entity: where it stands in the text, its value, and what a date means."""

    entity: str
    start: int
    end: int
    value: str
    when: Meaning = field(default_factory=dict)


class Recogniser:
    """Built from words and products; `vocab` grows with every new word it is shown."""

    def __init__(self, words: EntityWords) -> None:
        self._nlp: Language = spacy.blank(NEUTRAL)
        self._matcher = Matcher(self.vocab)
        self._products = PhraseMatcher(self.vocab, attr="LOWER")
        self._phrases: dict[int, tuple[DatePhrase, LanguageWords]] = {}
        self._names: dict[int, str] = {}
        self._add_shapes(words)
        for code, own in words.languages.items():
            self._add_dates(code, own)
        for product in words.products:
            key = f"product:{product.name}"
            names = [way for name in (product.name, *product.aliases) for way in _spellings(name)]
            self._products.add(key, [self._nlp.make_doc(name) for name in names])
            self._names[self.vocab.strings[key]] = product.name

    @property
    def vocab(self) -> Vocab:
        vocab: Vocab = self._nlp.vocab
        return vocab

    def find(self, text: str) -> list[Found]:
        """Return the entities of a text in order; none overlap."""
        even, places = _evenly_spaced(text)
        plain = even.replace("\u2019", "'")
        doc = self._nlp.make_doc(plain)
        orders = list(self._orders(plain))
        by_words = [one for one in self._by_words(doc) if not _glued(one, orders)]
        found = [*_by_shape(plain), *orders, *by_words, *self._by_products(doc)]
        kept = _without_overlaps(found)
        joined = _with_times(kept, [one for one in found if one.entity == "time"], even)
        whole = [one for one in joined if one.entity not in NOT_KEPT]
        return [replace(one, start=places[one.start], end=places[one.end - 1] + 1) for one in whole]

    def _orders(self, text: str) -> Iterator[Found]:
        """Yield numbers that stand right at an order word: `order:12345`, `invoice 2024/001`."""
        for match in self._order.finditer(text):
            yield Found("order_number", match.start(1), match.end(1), match[1])

    def _add_shapes(self, words: EntityWords) -> None:
        every = words.languages.values()
        named = {"LOWER": {"IN": [word for own in every for word in own.order_words]}}
        filler = {"LOWER": {"IN": [word for own in every for word in own.order_fillers]}}
        money = [word for own in every for word in own.money_words]
        self._order = _order_pattern(words)
        number, amount = {"TEXT": {"REGEX": NUMBER_SHAPE}}, {"TEXT": {"REGEX": SUM_SHAPE}}
        half = [{"TEXT": "-"}, {"TEXT": {"REGEX": SECOND_HALF}}]
        context = [named, {**filler, "OP": "{0,4}"}]
        orders = [[*context, number], [*context, number, *half], [{"TEXT": {"REGEX": CODE_SHAPE}}]]
        unit = {"LOWER": {"IN": [*SIGNS, *money]}}
        self._matcher.add(EMAIL, [[{"LIKE_EMAIL": True}]])
        self._matcher.add("order_number", orders, greedy="LONGEST")
        self._matcher.add("amount", [[unit, amount], [amount, unit]], greedy="LONGEST")

    def _add_dates(self, code: str, words: LanguageWords) -> None:
        phrases = [(f"date:{code}:{n}", phrase) for n, phrase in enumerate(words.dates)]
        for key, phrase in phrases:
            self._matcher.add(key, list(token_patterns(self._nlp, phrase.say, words)))
            self._phrases[self.vocab.strings[key]] = (phrase, words)
        for label, rows in (("time", words.times), ("no_date", words.not_dates)):
            patterns = [one for say in rows for one in token_patterns(self._nlp, say, words)]
            if patterns:
                self._matcher.add(f"{label}:{code}", patterns)

    def _by_words(self, doc: Doc) -> Iterator[Found]:
        for match_id, start, end in self._matcher(doc):
            label = self.vocab.strings[match_id].partition(":")[0]
            first = start
            if label == "order_number":  # the words before the number are its context
                first = next(n for n in range(start, end) if any(map(str.isdigit, doc[n].text)))
            span = doc[first:end]
            when: Meaning = {}
            if match_id in self._phrases:
                phrase, words = self._phrases[match_id]
                tokens = [token.lower_ for token in span]
                when = meaning_of(phrase, classes_in(phrase.say), tokens, words)
            value = span.text.lstrip("#")
            yield Found(label, span.start_char, span.end_char, value, when)

    def _by_products(self, doc: Doc) -> Iterator[Found]:
        for match_id, start, end in self._products(doc):
            span = doc[start:end]
            yield Found("product", span.start_char, span.end_char, self._names[match_id])


def _spellings(name: str) -> set[str]:
    """Return a name as it is and as people join it: "Zephyr 10", "Zephyr-10", "Zephyr10"."""
    return {name, name.replace(" ", "-"), name.replace(" ", "")}


def _order_pattern(words: EntityWords) -> re.Pattern[str]:
    every = words.languages.values()
    named = _either(word for own in every for word in own.order_words)
    filler = _either(word for own in every for word in own.order_fillers if word.isalpha())
    return re.compile(
        rf"(?i)(?<!\w){named}{ORDER_SIGNS}{{1,3}}(?:{filler}{ORDER_SIGNS}{{0,3}})?({ORDER_SHAPE})(?![\w/])"
    )


def _either(words: Iterable[str]) -> str:
    longest_first = sorted(set(words), key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})"


def _evenly_spaced(text: str) -> tuple[str, list[int]]:
    """Return a text with one space for each gap, and where its characters stood."""
    places = [
        place
        for place, character in enumerate(text)
        if not character.isspace() or place == 0 or not text[place - 1].isspace()
    ]
    even = "".join(" " if text[place].isspace() else text[place] for place in places)
    return even, places


def _glued(found: Found, orders: Sequence[Found]) -> bool:
    """Tell whether an order number is one of `orders` with a word still at it: `no12345`."""
    return found.entity == "order_number" and any(
        one.end == found.end and one.start > found.start for one in orders
    )


def _bank_accounts(text: str) -> Iterator[Found]:
    for match in BANK_ACCOUNT.finditer(text):
        ends = [at.start() for at in re.finditer(r" |\Z", match.group())]
        for end in reversed(ends):
            account = match.group()[:end].replace(" ", "").upper()
            if len(account) >= LEAST_ACCOUNT and _checks(account):
                yield Found("bank_account", match.start(), match.start() + end, account)
                break


def _checks(account: str) -> bool:
    """Tell whether an account number's two check digits fit (ISO 7064, mod 97)."""
    figures = "".join(str(int(sign, 36)) for sign in account[4:] + account[:4])
    return int(figures) % 97 == 1


def _by_shape(text: str) -> Iterator[Found]:
    yield from _bank_accounts(text)
    for match in NUMERIC.finditer(text):
        if is_date(match):
            yield Found("date", match.start(), match.end(), match.group(), numeric_meaning(match))
    for match in PHONE.finditer(text):
        if LEAST_DIGITS <= sum(map(str.isdigit, match.group())) <= MOST_DIGITS:
            yield Found("phone", match.start(), match.end(), match.group())


def _without_overlaps(found: Sequence[Found]) -> list[Found]:
    ranked = sorted(
        (one for one in found if one.entity in RANKS),
        key=lambda one: (RANKS.index(one.entity), one.start - one.end, one.start),
    )
    kept: list[Found] = []
    for one in ranked:
        if not any(_overlap(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _with_times(kept: Sequence[Found], times: Sequence[Found], text: str) -> list[Found]:
    """Take the time that stands beside a date into its words: "tomorrow at 10"."""
    return [_with_time(one, times, kept, text) if one.entity == "date" else one for one in kept]


def _with_time(one: Found, times: Sequence[Found], kept: Sequence[Found], text: str) -> Found:
    start, end = one.start, one.end
    for time in times:
        if any(_overlap(time, other) for other in kept if other is not one):
            continue
        if time.start >= one.end and not text[one.end : time.start].strip():
            end = max(end, time.end)
        elif time.end <= one.start and not text[time.end : one.start].strip():
            start = min(start, time.start)
    return Found("date", start, end, text[start:end], one.when)


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def as_rasa(found: Found) -> Mapping[str, Any]:
    """Return an entity as Rasa writes it; `when` is there for a date that means something."""
    when = {"when": found.when} if found.when else {}
    return {
        "start": found.start,
        "end": found.end,
        "value": found.value,
        "entity": found.entity,
        "confidence": 1.0,
        **when,
    }
