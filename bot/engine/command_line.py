"""Rasa's own command line on this project, with the stand-in and the silence of `bot.engine`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rasa.__main__ import main


def run_rasa(arguments: Sequence[str]) -> None:
    """Run `rasa` with these arguments; it ends the process with its own exit code."""
    sys.argv = ["rasa", *arguments]
    main()
