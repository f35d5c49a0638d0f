"""File names for articles: from whatever a source calls them, never outside the folder."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator

from bot.knowledge.loader import slug_of

MOST_PARTS, MOST_BYTES = 12, 120
_HOSTILE = re.compile(r"""[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029<>:"|?*\\/]+""")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def safe_place(place: str) -> str:
    """Return a relative path of ordinary names for any text.

    Names that are ordinary already stay as they are, so that links between files keep working.
    """
    parts = [part for part in place.split("/") if part.strip(" .")]
    return "/".join(_safe_part(part) for part in parts[-MOST_PARTS:]) or "article"


def name_of(text: str) -> str:
    """Return the name of an import: one ordinary folder name in small letters."""
    return _safe_part(slug_of(text.replace("/", "-")))


def words_place(text: str, most: int = 60) -> str:
    """Return words as one file name, cut between words."""
    words = slug_of(text.replace("/", " ")).strip("-.")
    cut = words[:most].rpartition("-")[0] if len(words) > most else words
    return cut or words[:most] or "article"


def candidates(place: str, key: str) -> Iterator[str]:
    """Yield the place, and others for an item whose place another item of the source has."""
    yield place
    mark = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    for length in (6, 12, 64):
        yield f"{place}-{mark[:length]}"


def address_of(file: str, language: str, languages: Collection[str]) -> str:
    """Return what two files must not share: language and path as the help centre writes them."""
    first, _, below = file.removesuffix(".md").partition("/")
    in_folder = bool(below) and first in languages
    return f"{language}/{slug_of(below if in_folder else file.removesuffix('.md'))}"


def _safe_part(part: str) -> str:
    plain = _HOSTILE.sub("-", unicodedata.normalize("NFC", part)).strip(" .")
    cut = plain.encode("utf-8")[:MOST_BYTES].decode("utf-8", "ignore").strip(" .")
    if not cut:
        return "-"
    return f"{cut}-" if _DEVICE.fullmatch(cut) else cut
