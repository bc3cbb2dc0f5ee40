"""Customers of whom some are silent: a few by hand, and many drawn."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

CELLS = [
    # kind, stayed, satisfaction, customers
    ("a", 1, 2, 6),
    ("a", 1, 4, 20),
    ("a", 1, 5, 14),
    ("a", 1, None, 30),
    ("a", 0, 2, 9),
    ("a", 0, 4, 6),
    ("a", 0, 5, 2),
    ("a", 0, None, 41),
    ("b", 1, 2, 5),
    ("b", 1, 4, 18),
    ("b", 1, 5, 25),
    ("b", 1, None, 12),
    ("b", 0, 2, 8),
    ("b", 0, 4, 7),
    ("b", 0, 5, 4),
    ("b", 0, None, 23),
]


def _small():
    """230 customers; `cell` tells kind and outcome apart, so that a model on it is saturated."""
    rows = pd.DataFrame(CELLS, columns=["kind", "stayed", "satisfaction", "n"])
    return pd.DataFrame(
        {
            "segment": "all",
            "satisfaction": rows["satisfaction"].astype(float),
            "scale_min": 1.0,
            "scale_max": 5.0,
            "kind": rows["kind"],
            "cell": rows["kind"] + rows["stayed"].astype(str),
            "n_stayed": rows["n"] * rows["stayed"],
            "n_left": rows["n"] * (1 - rows["stayed"]),
        }
    )


def _simulated(n, seed, *, answers_by=0.6):
    """Rows of customers of whom the silent have no satisfaction."""
    rng = np.random.default_rng(seed)
    usage = rng.integers(0, 5, n).astype(float)
    said = np.clip(np.round(3 + 0.6 * (usage - 2) + rng.normal(size=n)), 1, 5)
    stayed = rng.random(n) < expit(-0.4 + 0.5 * (said - 3) + 0.3 * (usage - 2))
    answered = rng.random(n) < expit(-0.6 + answers_by * (usage - 2) + 0.8 * stayed)
    said = np.where(answered, said, np.nan)
    return pd.DataFrame({"usage": usage, "satisfaction": said, "stayed": stayed})


def _counted(rows):
    counts = rows.groupby(["satisfaction", "usage"], dropna=False)["stayed"].agg(["sum", "size"])
    counts = counts.reset_index()
    return counts.assign(
        segment="all",
        scale_min=1.0,
        scale_max=5.0,
        n_stayed=counts["sum"],
        n_left=counts["size"] - counts["sum"],
    ).drop(columns=["sum", "size"])


@pytest.fixture
def rows_by_hand():
    """230 customers: `kind`, `stayed`, `satisfaction` and how many, `n`."""
    return pd.DataFrame(CELLS, columns=["kind", "stayed", "satisfaction", "n"])


@pytest.fixture
def small():
    """Makes the patterns of those."""
    return _small


@pytest.fixture
def simulated():
    """Makes rows of n customers, by seed."""
    return _simulated


@pytest.fixture
def counted():
    """Makes patterns of rows."""
    return _counted
