"""Findings as people read them: by file, the worst first, and what many files share told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from bot.knowledge.articles import ERROR, NOTE, WARNING
from bot.knowledge.checking.findings import Finding

SHARED_BY, NAMED = 20, 3
ORDER = {ERROR: 0, WARNING: 1, NOTE: 2}


def report(findings: Sequence[Finding], articles: int) -> Iterator[str]:
    """Yield the report's lines. The same note in many files is summed up at the end."""
    files = Counter((one.code, one.severity) for one in findings)
    shared = {kind for kind, count in files.items() if kind[1] == NOTE and count > SHARED_BY}
    single = [one for one in findings if (one.code, one.severity) not in shared]
    for file, group in groupby(single, key=lambda one: one.file):
        yield file
        for one in sorted(group, key=lambda one: ORDER[one.severity]):
            yield f"  {one.file}:{one.line}: {one.severity}: {one.message}"
        yield ""
    for code, severity in sorted(shared):
        yield from _summed_up(
            [one for one in findings if (one.code, one.severity) == (code, severity)]
        )
    yield _total(findings, articles)


def _summed_up(findings: Sequence[Finding]) -> Iterator[str]:
    yield f"{len(findings)} notes of one kind ({findings[0].code}); --json has them all:"
    yield from (f"  {one.file}:{one.line}: {one.message}" for one in findings[:NAMED])
    yield "  ...\n"


def _total(findings: Sequence[Finding], articles: int) -> str:
    counts = Counter(one.severity for one in findings)
    parts = [f"{counts[name]} {name}s" for name in (ERROR, WARNING, NOTE)]
    return f"{articles} articles read: {', '.join(parts)}."
