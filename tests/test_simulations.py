"""Every simulation behind docs/simulations.md runs with the code as it is."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SLOW = ("what-if", "relative weight", "LMG")
"""Whose truth is that of a population of millions, or which draw many samples."""


def test_one_study_of_each_result_gives_an_interval_around_its_estimate(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    simulations = import_module("known_truth").simulations()
    page = (BENCHMARKS.parent / "docs" / "simulations.md").read_text()
    for name, simulate in simulations.items():
        assert f"| {name} |" in page, f"{name} is not in docs/simulations.md"
        if name.startswith(SLOW):
            continue
        draw = simulate(np.random.default_rng([2026, 0]))
        assert draw.ci_low <= draw.estimate <= draw.ci_high, name
        # Not right for sure, but far away it would be of something else.
        width = draw.ci_high - draw.ci_low
        assert draw.truth == pytest.approx(draw.estimate, abs=2 * width), name
