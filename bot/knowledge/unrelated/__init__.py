"""Questions that hardly any help centre answers: what "nothing like it here" sounds like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path


@cache
def unrelated_questions(language: str) -> Sequence[str]:
    """Return the questions in a language; none where nobody wrote any."""
    path = Path(__file__).parent / f"{language}.txt"
    if not re.fullmatch(r"\w+", language) or not path.exists():
        return ()
    return tuple(path.read_text(encoding="utf-8").split("\n")[:-1])
