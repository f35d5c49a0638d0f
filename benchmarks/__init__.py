"""Measurements of the real program: `benchmarks.turns` and `benchmarks.crashes`."""
