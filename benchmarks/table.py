"""The figures of `benchmarks.turns` as a table for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def turn_lines(found: Mapping[str, Any]) -> list[str]:
    """Return the figures as a table for people."""
    row: Callable[[str, str], str] = lambda name, value: f"{name:<44}{value}"  # noqa: E731
    first, long, work = found["first_start_seconds"], found["long"], found["work_ms"]
    spread = "p50 {p50_ms} ms, p95 {p95_ms} ms".format
    rate = "p50 {p50_ms} ms, p95 {p95_ms} ms, {turns_per_second} turns/s ({turns} turns)".format
    memory = "{warm_mb} MB after 10 turns, {end_mb} MB at the end".format(**found["memory"])
    return [
        row("machine", f"{found['machine']}; load {found['load']} at the end"),
        row("first start, with training", f"{first} s" if first else "not measured"),
        row("start to ready, model present", f"{found['start_seconds']} s"),
        row("turns, 1 conversation", rate(**found["one"])),
        row(f"turns, {found['at_once']} conversations at once", rate(**found["many"])),
        row(
            f"turn 5 against turn {long['late_turn']}",
            f"{long['early_ms']} ms, {long['late_ms']} ms: {long['ratio']} times"
            f" (allowed {long['allowed']})",
        ),
        row("memory of the server", memory),
        row("baseline: one-row SQLite commit, FULL", spread(**found["commit_ms"])),
        row("baseline: GET /healthz", spread(**found["request_ms"])),
        row("baseline: a million additions in Python", spread(**work)),
        row("turn p50 in millions of additions", f"{found['one']['p50_ms'] / work['p50_ms']:.1f}"),
    ]
