"""The file of an imported article: front matter with where it came from, then the body.

The last line of the front matter is a digest of the rest of the file as it was written. When
it no longer fits, the owner edited the file. Line ends don't count: git may change them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.knowledge.articles import Provenance
from bot.knowledge.front_matter import KEYS, read_front_matter
from bot.knowledge.importing.files import storable

_DIGEST = re.compile(r"^[ ]+digest:.*\n", re.MULTILINE)
_CLOSING = re.compile(r"^---\n", re.MULTILINE)
_DRAFT = re.compile(r"^draft:.*\n", re.MULTILINE)
_SOURCE = re.compile(r"^source:", re.MULTILINE)


@dataclass(frozen=True)
class Written:
    """An article of an earlier import as it is on disk."""

    file: str
    text: str
    provenance: Provenance
    draft: bool
    language: str

    @property
    def edited(self) -> bool:
        return self.provenance.digest != digest_of(self.text)


def compose(values: Mapping[str, Any], provenance: Provenance, body: str) -> str:
    """Return the text of an article's file; `provenance.digest` is worked out here."""
    front = {key: plain for key in KEYS if (plain := _plain(values.get(key)))}
    source = {"import": provenance.name, "item": provenance.item}
    if provenance.url and provenance.url != provenance.item:
        source["url"] = provenance.url
    front["source"] = source
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000_000)
    return _signed(storable(f"---\n{head}---\n{body}"))


def clean_key(key: str) -> str:
    """Return a key as front matter gives it back: one line of storable text."""
    return " ".join(storable(key).split())


def unpublished(text: str) -> str:
    """Return a file that nobody edited with `draft: true`."""
    head, body = _divided(_plain_lines(text))
    head = _DRAFT.sub("", head)
    return _signed(_SOURCE.sub("draft: true\nsource:", head, count=1) + body)


def digest_of(text: str) -> str:
    """Return the digest of a file's text, its own line left out."""
    head, body = _divided(_plain_lines(text))
    return hashlib.sha256((_DIGEST.sub("", head) + body).encode("utf-8")).hexdigest()[:32]


def read_written(folder: Path, path: Path, name: str) -> Written | None:
    """Return an article of an import, `None` for any other file."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    if name not in text[:20_000]:
        return None
    values = read_front_matter(text).values
    provenance = values.get("source")
    if not isinstance(provenance, Provenance) or provenance.name != name:
        return None
    file, draft = path.relative_to(folder).as_posix(), values.get("draft") is True
    return Written(file, text, provenance, draft, values.get("language", ""))


def _signed(text: str) -> str:
    head, body = _divided(text)
    unsigned = _DIGEST.sub("", head)
    digest = digest_of(unsigned + body)
    return unsigned.removesuffix("---\n") + f"  digest: {digest}\n---\n" + body


def _divided(text: str) -> tuple[str, str]:
    """Return the front matter with its lines `---`, and the body."""
    closing = _CLOSING.search(text, 4) if text.startswith("---\n") else None
    start = closing.end() if closing else 0
    return text[:start], text[start:]


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(value: Any) -> Any:
    """Return a value for YAML, each text on one line."""
    if isinstance(value, tuple | list):
        return [plain for plain in map(_plain, value) if plain]
    return " ".join(storable(value).split()) if isinstance(value, str) else value
