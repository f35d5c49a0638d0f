"""What a visitor names is found: in two languages, by lists that an owner edits."""

from __future__ import annotations

import random
import string
import subprocess
import sys
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import spacy
import yaml

import bot.engine  # noqa: F401  # makes Rasa importable
from bot.days import Period, resolve
from bot.engine.agent import Engine
from bot.engine.training import ensure_model, model_path
from bot.entity_words import EntityWords, Product, load_entity_words, parse_products
from bot.errors import SettingsError
from bot.knowledge import Knowledge
from bot.nlu.recogniser import Recogniser
from bot.nlu.vocabulary import Forgetful
from bot.services import KnowledgeHolder
from bot.settings import PROJECT_DIR, load_settings
from tests.test_background import followed, quick, until  # noqa: F401  # a fixture for all
from tests.test_engine import copy_project

TODAY = date(2026, 11, 22)  # a Sunday
PRODUCTS = "Zephyr 10 = Z10, Windmaker\n# a comment\n\nAnnual pass = jaarkaart\nMonday pass\n"


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    words = load_entity_words(PROJECT_DIR)
    return Recogniser(words.model_copy(update={"products": parse_products(PRODUCTS, "p.txt")}))


# -- finding ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("mail me at robin@example.org please", "email", "robin@example.org"),
        ("where is my order number 48213?", "order_number", "48213"),
        ("order #AB-48213 is late", "order_number", "AB-48213"),
        ("my ticket no. is: 99812", "order_number", "99812"),
        ("TT-48213 never came", "order_number", "TT-48213"),
        ("waar blijft bestelling 2026-0012", "order_number", "2026-0012"),
        ("mijn factuurnummer is F2026099", "order_number", "F2026099"),
        ("call +31 20 123 4567 please", "phone", "+31 20 123 4567"),
        ("bel 0201234567", "phone", "0201234567"),
        ("bel me op 06-12345678", "phone", "06-12345678"),
        ("ring (555) 123-4567", "phone", "(555) 123-4567"),
        ("booking: 0612345678", "phone", "0612345678"),  # what may be a phone is kept as none
        ("you charged me €12,50 twice", "amount", "€12,50"),
        ("I paid 1.250,00 euro", "amount", "1.250,00 euro"),
        ("EUR 99 was taken", "amount", "EUR 99"),
        ("factuur 1500 euro klopt niet", "amount", "1500 euro"),
        ("my z10 is broken", "product", "Zephyr 10"),
        ("the zephyr-10 and its lid", "product", "Zephyr 10"),
        ("mijn Jaarkaart is kwijt", "product", "Annual pass"),
        ("goede morgen, wat kost een monday pass?", "product", "Monday pass"),
    ],
)
def test_entity_is_found(recogniser: Recogniser, text: str, entity: str, value: str) -> None:
    assert [(one.entity, one.value) for one in recogniser.find(text)] == [(entity, value)]


@pytest.mark.parametrize(
    "text",
    [
        "I ordered two",
        "open from 9 to 17",
        "my booking is wrong",
        "goede morgen",
        "are you open Monday to Friday?",
        "version 10.0.1 of 2024-13-45",
        "may I march in",
        "windmakers",
        "",
        "🙂" * 50,
    ],
)
def test_ordinary_text_has_no_entity(recogniser: Recogniser, text: str) -> None:
    assert recogniser.find(text) == []


@pytest.mark.parametrize(
    ("text", "said", "days"),
    [
        ("remind me tomorrow at 10", "tomorrow at 10", 1),
        ("the day after tomorrow please", "the day after tomorrow", 2),
        ("call me next Tuesday morning", "next Tuesday morning", 2),
        ("tell me on wednesday", "wednesday", 3),
        ("next week Thursday works", "next week Thursday", 4),
        ("in two weeks", "in two weeks", 14),
        ("it came 3 days ago", "3 days ago", -3),
        ("since last Friday", "last Friday", -2),
        ("on the 12th of March 2027", "the 12th of March 2027", 110),
        ("December 1", "December 1", 9),
        ("herinner me morgen om 14.30 uur", "morgen om 14.30 uur", 1),
        ("bel me volgende week dinsdag", "volgende week dinsdag", 2),
        ("dinsdag volgende week", "dinsdag volgende week", 2),
        ("graag overmorgen ’s avonds", "overmorgen ’s avonds", 2),
        ("dinsdagmiddag", "dinsdagmiddag", 2),
        ("over drie dagen", "over drie dagen", 3),
        ("eergisteren besteld", "eergisteren", -2),
        ("op 1 december", "1 december", 9),
        ("reservation 2026-11-30", "2026-11-30", 8),
        ("vanaf 30-11-2026", "30-11-2026", 8),
    ],
)
def test_date_is_found_and_counted_from_today(
    recogniser: Recogniser, text: str, said: str, days: int
) -> None:
    (found,) = recogniser.find(text)
    day = TODAY + timedelta(days=days)
    assert (found.entity, found.value, text[found.start : found.end]) == ("date", said, said)
    assert resolve(found.when, TODAY, ahead=True) == Period(day, day)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("volgende week", "2026-11-23", "2026-11-29"),
        ("this month", "2026-11-01", "2026-11-30"),
        ("volgende maand", "2026-12-01", "2026-12-31"),
    ],
)
def test_weeks_and_months_are_periods(
    recogniser: Recogniser, text: str, first: str, last: str
) -> None:
    (found,) = recogniser.find(text)
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    assert resolve(found.when, TODAY, ahead=False) == period


@pytest.mark.parametrize(
    "text", ["it was due on Monday", "3/4/2026", "31 February", "next weekend"]
)
def test_date_that_is_not_certain_is_left_open(recogniser: Recogniser, text: str) -> None:
    (found,) = recogniser.find(text)
    assert resolve(found.when, TODAY, ahead=False) is None


@pytest.mark.parametrize(("ahead", "year"), [(True, 2027), (False, 2026)])
def test_date_without_a_year_is_the_nearest_or_the_next(
    recogniser: Recogniser, *, ahead: bool, year: int
) -> None:
    (found,) = recogniser.find("1 september")
    period = resolve(found.when, TODAY, ahead=ahead)
    assert period is not None
    assert period.first == date(year, 9, 1)


def test_leap_day_and_impossible_years_are_no_accident() -> None:
    assert resolve({"day": 29, "month": 2}, TODAY, ahead=True) == Period(
        date(2028, 2, 29), date(2028, 2, 29)
    )
    assert resolve({"days": 10**12}, TODAY, ahead=True) is None


def test_third_language_is_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "entities"
    folder.mkdir(parents=True)
    content = {
        "order_words": ["bestellnummer"],
        "weekdays": [["montag"], ["dienstag"]],
        "dates": [{"say": "morgen", "days": 1}, {"say": "am? kommenden {weekday}", "next": True}],
    }
    (folder / "de.yml").write_text(yaml.safe_dump(content))
    german = Recogniser(load_entity_words(tmp_path))
    found = german.find("Bestellnummer 48213, bitte am kommenden Dienstag")
    assert [(one.entity, one.value) for one in found] == [
        ("order_number", "48213"),
        ("date", "am kommenden Dienstag"),
    ]
    assert resolve(found[1].when, TODAY, ahead=False) == Period(*[date(2026, 11, 24)] * 2)


def test_long_and_odd_messages_take_no_time(recogniser: Recogniser) -> None:
    for text in ("order 12345 " * 330, "1" * 4000, "0 " * 2000, "12-03-" * 660, "in a " * 800):
        assert len(recogniser.find(text)) <= 400


# -- the files -------------------------------------------------------------------------------


def test_products_have_a_name_and_others() -> None:
    assert parse_products(PRODUCTS, "products.txt") == (
        Product(name="Zephyr 10", aliases=("Z10", "Windmaker")),
        Product(name="Annual pass", aliases=("jaarkaart",)),
        Product(name="Monday pass"),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Fine\n= Z10\n", "products.txt:2: write the product's name"),
        ("Zephyr = a1,,b2\n", "products.txt:1: a name is missing"),
        ("Zephyr =\n", "products.txt:1: a name is missing"),
        ("\n\n2026\n", "products.txt:3: '2026' would be found everywhere"),
        ("Zephyr = Z10\nOther = z10\n", "products.txt:2: 'z10' already stands in line 1"),
        ("Z" * 81, "products.txt:1: a name has at most 80"),
        ("Tab\tbed\n", "products.txt:1: a name is plain words"),
    ],
)
def test_bad_product_is_named_with_file_and_line(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match="^" + says):
        parse_products(text, "products.txt")


def test_list_that_is_no_text_and_words_that_are_wrong_are_named(tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(b"Zephyr\nCaf\xe9\n")
    with pytest.raises(SettingsError, match=r"^p\.txt:2: save the file as UTF-8"):
        load_entity_words(tmp_path, tmp_path / "p.txt")
    with pytest.raises(SettingsError, match=r"^gone\.txt: cannot be read"):
        load_entity_words(tmp_path, tmp_path / "gone.txt")
    folder = tmp_path / "data" / "entities"
    folder.mkdir(parents=True)
    (folder / "xx.yml").write_text("order_words: [a]\norder_fillers: [nr, no]\n")
    with pytest.raises(SettingsError, match=r"^entities/xx\.yml:2: order_fillers\.1"):
        load_entity_words(tmp_path)
    (folder / "xx.yml").write_text("dates:\n- {say: '{weekdy}'}\n")
    with pytest.raises(SettingsError, match=r"^entities/xx\.yml:2: .*\{weekdy\}"):
        load_entity_words(tmp_path)
    (folder / "xx.yml").write_text("dates: [\n")
    with pytest.raises(SettingsError, match=r"^entities/xx\.yml:\d"):
        load_entity_words(tmp_path)


def test_training_names_the_bad_line_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("Zephyr\n= x\n")
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "train"],
        cwd=PROJECT_DIR,
        env={
            "PATH": "/usr/bin:/bin",
            "ASKFIRST_DATA_DIR": str(tmp_path / "var"),
            "ASKFIRST_PRODUCTS": str(tmp_path / "mine.txt"),
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 2
    assert "mine.txt:2: write the product's name before the equals sign" in done.stderr
    assert "Traceback" not in done.stderr


def quick_project(folder: Path) -> Path:
    """Return a project that trains in seconds: needs are told by keywords."""
    project = copy_project(folder)
    config = yaml.safe_load((project / "config.yml").read_text())
    names = ("LanguageTokenizer", "HelpMatcher")
    ours = [one for one in config["pipeline"] if one["name"].endswith(names)]
    config["pipeline"] = [ours[0], {"name": "KeywordIntentClassifier"}, *ours[1:]]
    (project / "config.yml").write_text(yaml.safe_dump(config))
    domain = yaml.safe_load((project / "domain.yml").read_text())
    said = {need: f"words for {need}" for need in domain["intents"]} | {"greet": "hello"}
    examples = "".join(
        f"- intent: {need}\n  examples: |\n    - {words}\n" for need, words in said.items()
    )
    for path in (project / "data" / "nlu").glob("*.yml"):
        path.unlink()
    (project / "data" / "nlu" / "en.yml").write_text(f"nlu:\n{examples}")
    return project


async def test_edited_list_of_products_is_in_the_next_model_and_a_bad_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    listed = tmp_path / "mine.txt"
    listed.write_text("Zephyr 10 = Z10\n")
    settings = load_settings(
        project_dir=quick_project(tmp_path), products=listed, data_dir=tmp_path / "var"
    )
    engine = Engine("Example Ltd")
    engine.load(await ensure_model(settings))
    first = engine.model
    assert await products_in(engine, "my z10 and my windmaker") == ["Zephyr 10"]
    async with followed(settings, engine, KnowledgeHolder(Knowledge.load(tmp_path, languages=()))):
        listed.write_text("Zephyr 10 = Z10,,\n")
        await until(lambda: "mine.txt:1: a name is missing" in caplog.text, seconds=30)
        assert engine.model == first
        listed.write_text("Zephyr 10 = Z10, Windmaker\n")
        await until(lambda: engine.model == model_path(settings).name, seconds=90)
    assert await products_in(engine, "my windmaker") == ["Zephyr 10"]


async def products_in(engine: Engine, text: str) -> list[str]:
    found = (await engine.understand(text)).entities
    return [str(one["value"]) for one in found if one["entity"] == "product"]


# -- memory ----------------------------------------------------------------------------------


def some_words(seed: int, count: int = 2000) -> str:
    chance = random.Random(seed)
    return " ".join("".join(chance.choices(string.ascii_lowercase, k=10)) for _ in range(count))


def test_what_visitors_type_does_not_stay_in_memory() -> None:
    for part in (
        Forgetful(partial(spacy.blank, "en"), most_strings=3000),
        Forgetful(lambda: Recogniser(EntityWords()), most_strings=3000),
    ):
        show(part, "myverysecretword order 4821399")
        assert "myverysecretword" in part.get().vocab.strings
        most = 0
        for seed in range(12):
            show(part, some_words(seed))
            most = max(most, part.learned)
            part.get()
            part.wait()
        assert most < 12_000  # one message's words over the limit, not twelve
        assert part.learned <= 3000
        assert "myverysecretword" not in part.get().vocab.strings


def test_words_are_forgotten_after_a_while_however_few() -> None:
    part = Forgetful(lambda: Recogniser(EntityWords()), most_seconds=0.0)
    part.get().find("myverysecretword")
    part.get()
    part.wait()
    assert "myverysecretword" not in part.get().vocab.strings


def show(part: Forgetful[Any], text: str) -> None:
    one = part.get()
    (one.find if isinstance(one, Recogniser) else one.make_doc)(text)
