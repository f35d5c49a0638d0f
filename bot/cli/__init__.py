"""The operator's entrance: `askfirst`. Errors are one clear line and exit code 2."""

from bot.cli.main import main

__all__ = ["main"]
