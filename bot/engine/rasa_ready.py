"""Makes Rasa importable and quiet: no TensorFlow, no telemetry, no error reports, no debug spam.

Call `prepare` before the first `import rasa` of a process. Nothing here opens a connection,
and after it nothing in Rasa does on its own.
"""

from __future__ import annotations

import importlib
import logging
import os
import warnings

import structlog
from sqlalchemy.exc import MovedIn20Warning

from bot.engine import light_imports, tensorflow_absent
from bot.engine.allocator import give_freed_memory_back

_NOISY = ("rasa", "rasa_sdk", "matplotlib", "apscheduler", "pymongo", "botocore", "asyncio")


def prepare() -> None:
    """Install the stand-in, switch telemetry and error reporting off, configure structlog."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.pop("SENTRY_DSN", None)
    os.environ["DISABLE_UVLOOP"] = "1"  # else aiogram swaps the policy under the running loop
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    give_freed_memory_back()
    tensorflow_absent.install()
    light_imports.install()
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    importlib.import_module("sanic")  # now, since its import switches warnings on
    # Rasa 3.6 is in maintenance: what it and its dependencies will have to change is no news
    # for an operator. Tests turn warnings into errors by their own filters.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", MovedIn20Warning)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"sklearn(\..*)?")
    warnings.filterwarnings("ignore", message="Slot auto-fill has been removed")
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
