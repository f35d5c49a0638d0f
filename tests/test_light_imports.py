"""What the serving process leaves unread, and that all of it works once it is used."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from bot.engine.light_imports import HEAVY
from bot.settings import PROJECT_DIR

# What the heavy modules would bring along: libraries that no part of serving needs.
LEFT_OUT = (
    "aiogram", "botocore", "google.auth", "matplotlib", "PIL", "prompt_toolkit", "redis",
    "rasa.core.channels.telegram", "scipy.integrate._ivp", "scipy.interpolate._interpolate",
    "scipy.optimize._minimize", "scipy.stats._stats_py", "setuptools.dist", "sklearn.metrics",
    "slack_sdk", "twilio",
)  # fmt: skip
SERVE = """
import asyncio, sys
from pathlib import Path
import bot.cli.main, bot.assembly, bot.serving
from bot.engine.agent import Engine
from bot.engine.light_imports import unused
engine = Engine("Example Ltd")
engine.load(Path(sys.argv[1]))
understood = asyncio.run(engine.understand("where is my data kept"))
assert understood.need and understood.confidence > 0
from rasa import telemetry
assert not telemetry.is_telemetry_enabled()
print("unused", *sorted(unused()))
print("loaded", *sorted(sys.modules))
"""


def run(script: str, *arguments: str) -> list[str]:
    """Run a script in a process of its own and return the lines it printed."""
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "true"}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=PROJECT_DIR, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_serving_process_runs_no_heavy_module_and_telemetry_stays_off(model: Path) -> None:
    unused, loaded = (set(line.split()[1:]) for line in run(SERVE, str(model))[-2:])
    assert (HEAVY.keys() & loaded) - unused == set()
    assert "scipy.stats" in unused  # they are found and wait, rather than being absent
    assert set(LEFT_OUT) & loaded == set()


USES = {
    "scipy": """
import scipy.stats._distn_infrastructure as inner, scipy.stats
assert scipy.stats._distn_infrastructure is inner and inner.__spec__.origin == inner.__file__
assert scipy.stats.norm.cdf(0) == 0.5
from scipy.optimize import minimize_scalar
assert minimize_scalar(lambda x: x * x).success
from sklearn.preprocessing import SplineTransformer
SplineTransformer().fit_transform([[0.0], [1.0], [2.0]])
""",
    "scikit-learn, in the order of its own circle": """
from sklearn.linear_model import LogisticRegression
LogisticRegression().fit([[0], [1]], [0, 1])
import sklearn.svm._base as inner, sklearn.svm
assert sklearn.svm._base is inner
from rasa.utils.tensorflow.model_data import train_test_split
assert len(train_test_split([1, 2, 3])) == 2
from sklearn.model_selection import StratifiedKFold
assert isinstance(StratifiedKFold, type)
""",
    "rasa": """
from rasa.core.channels.slack import SlackBot
import rasa.core.channels
assert SlackBot.name() in rasa.core.channels.BUILTIN_CHANNELS
from rasa.core.tracker_store import Key
assert Key("a").eq(1).get_expression()
from rasa.utils import train_utils
assert "rank_and_mask" in dir(train_utils)
import rasa.nlu.test
assert rasa.nlu.test.plot_utils.plot_confusion_matrix
""",
    "libraries": """
from boto3.dynamodb.conditions import Key
assert isinstance(Key, type)
import jwt, langcodes, portalocker, pymongo, requests, tempfile
assert jwt.decode(jwt.encode({}, "k" * 32), "k" * 32, ["HS256"]) == {}
assert langcodes.standardize_tag("eng_US") == "en-US"
portalocker.lock(tempfile.TemporaryFile(), portalocker.LOCK_EX)
pymongo.MongoClient("localhost", connect=False).close()
assert requests.Request("GET", "http://localhost").prepare().url
""",
}


@pytest.mark.parametrize("kind", USES)
def test_heavy_module_works_when_it_is_used(kind: str) -> None:
    run(f"import bot.engine{USES[kind]}")


def test_name_that_a_heavy_module_lacks_is_missing_as_always() -> None:
    run(
        "import bot.engine, scipy.stats, pytest\n"
        "with pytest.raises(AttributeError, match='no attribute .nothing'):\n"
        "    scipy.stats.nothing\n"
        "with pytest.raises(ImportError, match='cannot import name .nothing'):\n"
        "    from rasa.core.channels import nothing\n"
    )


def test_rasa_command_line_works_with_light_imports() -> None:
    (version, *_) = run("from bot.engine.command_line import run_rasa; run_rasa(['--version'])")
    assert "3.6" in version


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="thresholds are glibc's own")
def test_freed_memory_leaves_the_process() -> None:
    (freed, grown) = run(
        "import numpy, bot.engine\n"
        "from pathlib import Path\n"
        "def used(): return int(Path('/proc/self/statm').read_text().split()[1]) * 4096 >> 20\n"
        "blocks = [numpy.ones(20 << 20, numpy.uint8) for _ in range(3)]; before = used()\n"
        "blocks.clear(); print(before - used())\n"
        "numpy.ones(20 << 20, numpy.uint8); blocks = [b'x' * 900_000 for _ in range(40)]\n"
        "before = used(); blocks.clear(); print(before - used())\n"
    )
    assert int(freed) >= 55
    assert int(grown) >= 30
