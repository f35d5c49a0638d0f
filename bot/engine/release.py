"""The release gate: a new model is scored beside the one in use, and put in place or refused."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from tarfile import TarError

from rasa.engine.exceptions import GraphComponentException, GraphRunError, GraphSchemaException
from rasa.shared.exceptions import RasaException

from bot.conversation.needs import ACTING, ANSWERS, FALLBACK
from bot.engine.agent import Engine
from bot.engine.evaluate_needs import needs_report, whole_needs
from bot.engine.examples import in_one_line
from bot.engine.golden import GOLDEN, Golden, missed, worse
from bot.engine.model_store import ModelStore, Record
from bot.errors import AskfirstError, BadInput

# What Rasa and the archive's readers raise for a model that is not of this version or not whole.
# Rasa wraps whatever a component raises while it is loaded or run.
UNLOADABLE = (
    AskfirstError,
    RasaException,
    GraphSchemaException,
    GraphComponentException,
    GraphRunError,
    TarError,
    OSError,
    EOFError,
    zlib.error,
)

# What is predicted where no rule fits.
NO_RULE = frozenset({"action_default_fallback", "action_listen"})


@dataclass(frozen=True)
class Gate:
    """Where models are kept, what they are measured on, and whether to take a worse one."""

    store: ModelStore
    needs: frozenset[str]
    golden: Golden | None
    accept: bool

    def decide(self, candidate: Path, target: Path) -> Record:
        """Put the candidate in place as `target`, or refuse it; return how it did.

        Raises `BadInput` for one whose rules lead nowhere: that is worse than none.
        """
        engine = _loaded(candidate)
        searched = self._without_rule(engine)
        record, refused = self._measured(engine)
        if searched:
            note = f"without a rule, so searched for: {', '.join(searched)}"
            record = replace(record, notes=(*record.notes, note))
        if refused:
            self.store.refuse(target, record)
        else:
            self.store.place(candidate, target, record)
        return record

    def _without_rule(self, engine: Engine) -> list[str]:
        """Take each need through the rules, as the first message of a conversation."""
        first = engine.first_actions({*self.needs, FALLBACK})
        without = sorted(need for need, action in first.items() if action in NO_RULE)
        if ignored := [need for need in without if need in ACTING | ANSWERS]:
            raise BadInput(f"no rule of data/rules.yml is followed for {', '.join(ignored)}")
        if len(without) == len(first):
            raise BadInput("no rule of data/rules.yml is followed for any need")
        return without

    def _measured(self, candidate: Engine) -> tuple[Record, bool]:
        in_use = self.store.in_use()
        if self.golden is None:
            note = f"there is no {GOLDEN}, so nothing was compared"
            return Record(notes=(note,), against=in_use.name if in_use else None), False
        record = self._score(candidate, self.golden)
        record = replace(record, notes=tuple(missed(self.golden.rows, record.found)))
        if in_use is None:
            first = "this is the first model, so there was none to compare it with"
            return _noted(record, first), False
        return self._compared(replace(record, against=in_use.name), in_use, self.golden)

    def _compared(self, record: Record, in_use: Path, golden: Golden) -> tuple[Record, bool]:
        before = self._recorded(in_use, golden)
        broken = why_unloadable(in_use) if before is None else None
        if broken is not None:
            unread = f"{in_use.name} cannot be loaded any more, so nothing was compared: {broken}"
            return _noted(record, unread), False
        before = before or self._score(_loaded(in_use), golden)
        reasons = worse(
            golden.rows, before.found, record.found, before.languages or {}, record.languages or {}
        )
        judged = replace(record, reasons=tuple(reasons))
        if not reasons or self.accept:
            return judged, False
        # refusing in favour of a model that this version cannot load would leave none at all
        broken = why_unloadable(in_use)
        if broken is not None:
            return _noted(judged, f"{in_use.name} cannot be loaded any more: {broken}"), False
        return judged, True

    def _recorded(self, model: Path, golden: Golden) -> Record | None:
        known = self.store.record(model)
        return known if known and known.golden == golden.digest and known.found else None

    def _score(self, engine: Engine, golden: Golden) -> Record:
        found = asyncio.run(whole_needs(engine, golden.rows))
        report = needs_report(golden.rows, found)
        return Record(golden.digest, tuple(found), report["languages"])


def _loaded(model: Path) -> Engine:
    engine = Engine("")
    engine.load(model)
    return engine


def why_unloadable(model: Path) -> str | None:
    """Return what a model of another version, or a damaged one, breaks on; None if it loads."""
    try:
        _loaded(model)
    except UNLOADABLE as error:
        return in_one_line(error.__cause__ or error)
    return None


def _noted(record: Record, note: str) -> Record:
    return replace(record, notes=(note, *record.notes))
