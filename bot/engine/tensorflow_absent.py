"""A strict stand-in for TensorFlow, so that Rasa imports without it.

Some thirty Rasa modules import TensorFlow at module level although rule policies,
scikit-learn classifiers and our own components never call it. The stand-in lets those imports
pass; *creating* or calling anything of it raises a sentence that says what is missing, so a
configuration that needs TensorFlow fails clearly and nothing runs meaninglessly.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NoReturn

ROOTS = frozenset({"tensorflow", "keras", "tensorflow_probability"})
MESSAGE = "TensorFlow is not installed: this component needs it"


class TensorFlowAbsent(RuntimeError):
    """Something tried to use TensorFlow, not only to import it."""


def _refuse(*_args: Any, **_options: Any) -> NoReturn:
    raise TensorFlowAbsent(MESSAGE)


class _Absent(type):
    """The type of every absent name: usable in annotations and as a base class, nothing else."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(name)

    def __or__(cls, other: Any) -> Any:
        return cls

    def __ror__(cls, other: Any) -> Any:
        return cls


def _absent(name: str) -> _Absent:
    return _Absent(
        name,
        (),
        {
            "__init__": _refuse,
            "__class_getitem__": classmethod(lambda cls, _item: cls),
            "__init_subclass__": classmethod(lambda cls, **_options: None),
        },
    )


def _decorator(function: Any = None, **_options: Any) -> Any:
    """Stand in for `tf.function` and the like, which decorate methods at import."""
    return function if function is not None else _decorator


class _AbsentModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _decorator if name in {"function", "no_gradient"} else _absent(name)
        setattr(self, name, value)
        return value


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".")[0] in ROOTS:
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: every name is made when it is asked for."""


def install() -> bool:
    """Install the stand-in unless TensorFlow is really here; return whether it is in place."""
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return True
    if importlib.util.find_spec("tensorflow") is not None:
        return False
    sys.meta_path.insert(0, _Finder())
    return True
