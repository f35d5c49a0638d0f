"""Runs the code of heavy modules at their first use, not at their import.

Rasa imports every channel, broker, plot and training helper it has, and scikit-learn a whole
statistics library. A help assistant touches none of them while it serves, yet they are a quarter
of its memory and of its start. They stay importable and work as always once something of them is
used: `askfirst rasa`, training and an owner's own actions notice nothing but when it happens.

Modules import each other in circles that hold only in their own order. So a package always runs
before the modules in it, as everywhere; the exceptions are named in `LIGHT_PARTS`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType
from typing import Any

NOBODY: frozenset[str] = frozenset()
# Each with the modules that take names out of it at import, to call them later or to name them in
# an annotation: these get a function that looks the real one up when it is called.
HEAVY: Mapping[str, frozenset[str]] = {
    "boto3": NOBODY,
    "boto3.dynamodb": NOBODY,
    "boto3.dynamodb.conditions": frozenset({"rasa.core.tracker_store"}),
    "jwt": NOBODY,
    "langcodes": NOBODY,
    "portalocker": NOBODY,
    "pymongo": NOBODY,
    "pymongo.collection": frozenset({"rasa.core.tracker_store"}),
    "rasa.core.channels": NOBODY,
    "rasa.core.test": NOBODY,
    "rasa.nlu.test": frozenset({"rasa.nlu.extractors.crf_entity_extractor"}),
    "rasa.utils.plotting": NOBODY,
    "rasa.utils.train_utils": NOBODY,
    "requests": NOBODY,
    "sanic.server.loop": frozenset({"sanic.server"}),
    "scipy.integrate": frozenset({"sklearn.utils.fixes"}),
    "scipy.interpolate": frozenset({"sklearn.preprocessing._polynomial"}),
    "scipy.optimize": NOBODY,
    "scipy.stats": NOBODY,
    "sklearn.model_selection": frozenset({"rasa.utils.tensorflow.model_data"}),
}
# Modules of a heavy package that need nothing of the rest of it. A name that the first of them
# has is taken from there.
LIGHT_PARTS: Mapping[str, Sequence[str]] = {
    "rasa.core.channels": ("rasa.core.channels.channel",),
    "scipy.optimize": ("scipy.optimize._linesearch", "scipy.optimize._dcsrch"),
}

_LOADED_FOR = frozenset({"__all__", "__version__"})  # other dunder names are only probed for
_lock = RLock()
_running: set[str] = set()
_loaders: dict[str, Loader] = {}


class _Later(ModuleType):
    """A module whose code has not run; asking it for a name it lacks runs it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in _LOADED_FOR:
            raise AttributeError(name)
        if _importer() in HEAVY[self.__name__]:
            return _called_later(self, name)
        for part in LIGHT_PARTS.get(self.__name__, ())[:1]:
            if hasattr(light := import_module(part), name):
                return getattr(light, name)
        if not _run(self):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} yet")
        return getattr(self, name)

    def __dir__(self) -> Iterable[str]:
        return dir(self) if _run(self) else self.__dict__


def _importer() -> str:
    """Return the name of the module that asks a `_Later` for a name."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("importlib."):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__"))


def _called_later(module: ModuleType, name: str) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        _run(module)
        return getattr(module, name)(*arguments, **options)

    call.__name__ = call.__qualname__ = name
    return call


def _run(module: ModuleType | None) -> bool:
    """Run a module's code, its packages' first, unless that was done; False while it runs."""
    if type(module) is not _Later:
        return True
    _run(sys.modules.get(module.__name__.rpartition(".")[0]))
    with _lock:
        if type(module) is not _Later:  # another thread or its package was faster
            return True
        if module.__name__ in _running:
            return False
        _running.add(module.__name__)
        try:
            _loaders[module.__name__].exec_module(module)
            module.__class__ = ModuleType  # type: ignore[assignment]  # mypy takes it for _Later
        finally:
            _running.discard(module.__name__)
        return True


class _LaterLoader(Loader):
    """Makes the module and leaves its code to the loader that knows it."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Later(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = _loaders[module.__name__] = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader


class _LoadedByPackage(Loader):
    """Gives the import that made its package run the module that this has loaded."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in HEAVY:
            spec = PathFinder.find_spec(fullname, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _LaterLoader(spec.loader)
            return spec
        package = fullname.rpartition(".")[0]
        if package in HEAVY and fullname not in LIGHT_PARTS.get(package, ()):
            _run(sys.modules.get(package))
            if (module := sys.modules.get(fullname)) is not None:
                return ModuleSpec(fullname, _LoadedByPackage(module))
        return None


def install() -> None:
    """From now on import what is heavy lightly; what was imported before stays as it is."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def unused() -> frozenset[str]:
    """Return the heavy modules that were imported and whose code has not run."""
    return frozenset(name for name in HEAVY if type(sys.modules.get(name)) is _Later)
