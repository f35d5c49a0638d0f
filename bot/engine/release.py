"""The release gate: a new model is scored beside the one in use, and put in place or refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from bot.engine.agent import Engine
from bot.engine.evaluate_needs import needs_report, whole_needs
from bot.engine.golden import GOLDEN, Golden, missed, worse
from bot.engine.model_store import ModelStore, Record


@dataclass(frozen=True)
class Gate:
    """Where models are kept, what they are measured on, and whether to take a worse one."""

    store: ModelStore
    golden: Golden | None
    accept: bool

    def decide(self, candidate: Path, target: Path) -> Record:
        """Put the candidate in place as `target`, or refuse it; return how it did."""
        record, refused = self._measured(candidate)
        if refused:
            self.store.refuse(target, record)
        else:
            self.store.place(candidate, target, record)
        return record

    def _measured(self, candidate: Path) -> tuple[Record, bool]:
        in_use = self.store.in_use()
        if self.golden is None:
            note = f"there is no {GOLDEN}, so nothing was compared"
            return Record(notes=(note,), against=in_use.name if in_use else None), False
        record = self._score(candidate, self.golden)
        notes = missed(self.golden.rows, record.found)
        if in_use is None:
            first = "this is the first model, so there was none to compare it with"
            return replace(record, notes=(first, *notes)), False
        before = self._score_in_use(in_use, self.golden)
        if before is None:
            unread = f"{in_use.name} cannot be loaded any more, so nothing was compared"
            return replace(record, notes=(unread, *notes), against=in_use.name), False
        reasons = worse(
            self.golden.rows, before.found, record.found,
            before.languages or {}, record.languages or {},
        )  # fmt: skip
        judged = replace(record, reasons=tuple(reasons), notes=tuple(notes), against=in_use.name)
        # refusing in favour of a model that this version cannot load would leave none at all
        refused = bool(reasons) and not self.accept and _loads(in_use)
        return judged, refused

    def _score_in_use(self, model: Path, golden: Golden) -> Record | None:
        known = self.store.record(model)
        if known is not None and known.golden == golden.digest and known.found:
            return known
        if not _loads(model):
            return None
        return self._score(model, golden)

    def _score(self, model: Path, golden: Golden) -> Record:
        engine = Engine("")
        engine.load(model)
        found = asyncio.run(whole_needs(engine, golden.rows))
        report = needs_report(golden.rows, found)
        return Record(golden.digest, tuple(found), report["languages"])


def _loads(model: Path) -> bool:
    try:
        Engine("").load(model)
    except Exception:  # whatever another version's model breaks on
        return False
    return True
