"""What may be found in a message, as its files say it: words of each language, and products.

`data/entities/<language>.yml` holds what tells an order number, an amount or a date, and
`data/products.txt` (or `ASKFIRST_PRODUCTS`) the owner's products. Both go into the model.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.errors import SettingsError

logger = logging.getLogger(__name__)

MAX_PRODUCTS = 5000
MAX_NAME = 80


CLASS = re.compile(r"\{(\w*)\}")
CLASSES = frozenset({"weekday", "month", "day", "year", "number", "clock", "time"})
# What to write instead, by pydantic's name for the mistake; its own words are about Python.
INSTEAD = {
    "tuple_type": "write a list, as in `[one, other]`",
    "string_type": "write a word; a number or yes and no need quotes around them",
    "string_too_short": "write a word, not nothing",
    "too_long": "these are too many",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "mapping_type": "write `word: number` lines",
    "dict_type": "write `word: number` lines",
    "model_type": "write `key: words` lines",
    "extra_forbidden": "there is no such key",
}


def _known_classes(row: str) -> str:
    unknown = set(CLASS.findall(row)) - CLASSES
    if unknown:
        raise ValueError(f"there is no class {{{min(unknown)}}}")
    if "{day}" in row and "{month}" not in row:
        raise ValueError("a {day} needs a {month}")
    return row


# Words in a row, as `DatePhrase` explains them.
Row = Annotated[str, Field(min_length=1), AfterValidator(_known_classes)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DatePhrase(_Frozen):
    """A way to name a date, and what it means counted from the day it is said.

    `say` is a row of words: `one|other` for alternatives, `?` behind what may be missing, and
    the classes `{weekday}`, `{month}`, `{day}`, `{year}` and `{number}` (for times of day also
    `{clock}` and `{time}`: "10" is only the first, "10.30" both). `days`, `weeks` and `months`
    count from today; a `{number}` multiplies them. `next` makes a weekday the coming one, `last`
    makes everything lie in the past. With none of them only the words are kept.
    """

    say: Row
    days: int | None = None
    weeks: int | None = None
    months: int | None = None
    next: bool = False
    last: bool = False


class LanguageWords(_Frozen):
    """The words of one language, in lower case. `weekdays` begin with Monday."""

    order_words: tuple[str, ...] = ()
    order_fillers: tuple[str, ...] = ()
    money_words: tuple[str, ...] = ()
    weekdays: tuple[tuple[str, ...], ...] = Field((), max_length=7)
    months: tuple[tuple[str, ...], ...] = Field((), max_length=12)
    numbers: Mapping[str, int] = {}
    day_endings: tuple[str, ...] = ()
    times: tuple[Row, ...] = ()
    dates: tuple[DatePhrase, ...] = ()
    not_dates: tuple[Row, ...] = ()


class Product(_Frozen):
    """A product, by the name that is kept and shown, and whatever else it is called."""

    name: str
    aliases: tuple[str, ...] = ()


class EntityWords(_Frozen):
    """Everything the matcher is made of."""

    languages: Mapping[str, LanguageWords] = {}
    products: tuple[Product, ...] = ()


def load_entity_words(project_dir: Path, products: Path | None = None) -> EntityWords:
    """Read the words of every language there is, and the products.

    Raises `SettingsError` naming the file and, where there is one, the line that is wrong.
    """
    files = sorted((project_dir / "data" / "entities").glob("*.yml"))
    languages = {path.stem: _read_language(path) for path in files}
    found = EntityWords(languages=languages, products=_read_products(project_dir, products))
    _warn_of_order_words(found)
    return found


def _warn_of_order_words(words: EntityWords) -> None:
    orders = {word for own in words.languages.values() for word in own.order_words}
    for product in words.products:
        for name in (product.name, *product.aliases):
            if name.lower() in orders:
                logger.warning("the product %r is a word for an order, and is found as both", name)


def products_file(project_dir: Path, products: Path | None) -> Path | None:
    """Return the file that lists the products; None when there is none and none was named."""
    usual = project_dir / "data" / "products.txt"
    return products or (usual if usual.exists() else None)


def parse_products(text: str, name: str) -> tuple[Product, ...]:
    """Read `Name = other name, other name` lines; `#` begins a comment line.

    Raises `SettingsError` that names the line, as `NAME:LINE: what to write instead`.
    """
    found: list[Product] = []
    known: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        product = _product(line, f"{name}:{number}")
        for one in (product.name, *product.aliases):
            before = known.setdefault(one.casefold(), number)
            if before != number:
                raise _wrong(f"{name}:{number}", f"{one!r} already stands in line {before}")
        found.append(product)
        if len(found) > MAX_PRODUCTS:
            raise _wrong(f"{name}:{number}", f"at most {MAX_PRODUCTS} products can be listed")
    return tuple(found)


def _read_products(project_dir: Path, products: Path | None) -> tuple[Product, ...]:
    path = products_file(project_dir, products)
    if path is None:
        return ()
    try:
        return parse_products(path.read_text(encoding="utf-8-sig"), path.name)
    except OSError as error:
        raise _wrong(path.name, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise _wrong(f"{path.name}:{line}", "save the file as UTF-8 text") from error


def _product(line: str, place: str) -> Product:
    name, equals, others = (part.strip() for part in line.partition("="))
    aliases = [part.strip() for part in others.split(",")] if equals else []
    if not name:
        raise _wrong(place, "write the product's name before the equals sign")
    if "" in aliases:
        raise _wrong(place, "a name is missing; write `Name = other name, other name`")
    for one in (name, *aliases):
        if len(one) > MAX_NAME:
            raise _wrong(place, f"a name has at most {MAX_NAME} characters")
        if not one.isprintable() or "@" in one:
            raise _wrong(place, "a name is plain words, without tabs or addresses")
        if len(one) < 2 or not any(map(str.isalpha, one)):
            raise _wrong(place, f"{one!r} would be found everywhere; a name has letters in it")
    unique = dict.fromkeys(one for one in aliases if one.casefold() != name.casefold())
    return Product(name=name, aliases=tuple(unique))


def _read_language(path: Path) -> LanguageWords:
    name = f"entities/{path.name}"
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return LanguageWords.model_validate(content or {})
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _wrong(f"{name}:{line}", str(error.problem)) from error
    except ValidationError as error:
        problem = error.errors()[0]
        place, key = problem["loc"], ".".join(map(str, problem["loc"])) or "the file"
        said = INSTEAD.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        raise _wrong(f"{name}:{_line_of(path, place)}", f"{key}: {said}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(name, "cannot be read as UTF-8 text") from error


def _line_of(path: Path, location: Sequence[int | str]) -> int:
    """Return the line on which the value stands, or the last part of its place that is there."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    line = 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            parts = [part for part in node.value if part[0].value == step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            parts = [(part, part) for part in node.value[step : step + 1]]
        else:
            break
        if not parts:
            break
        line, node = parts[0][0].start_mark.line + 1, parts[0][1]
    return line


def _wrong(place: str, what: str) -> SettingsError:
    return SettingsError(f"{place}: {what}", field="products" if ".txt" in place else place)
