"""Eight segments with frozen counts, and companies with known slopes."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

_COUNTS = """
a,1,0,1,4 a,1,1,0,3 a,1,2,1,6 a,2,0,1,8 a,2,1,3,4 a,2,2,1,4 a,3,0,3,4 a,3,1,9,10
a,3,2,12,8 a,4,0,14,8 a,4,1,17,8 a,4,2,14,7 a,5,0,14,3 a,5,1,22,3 a,5,2,23,5 b,1,0,0,3
b,1,1,0,5 b,1,2,1,5 b,2,0,1,6 b,2,1,2,9 b,2,2,2,5 b,3,0,5,13 b,3,1,5,11 b,3,2,8,11
b,4,0,9,15 b,4,1,14,9 b,4,2,19,10 b,5,0,29,7 b,5,1,26,2 b,5,2,22,6 c,1,0,0,4 c,1,1,0,6
c,1,2,0,3 c,2,0,0,7 c,2,1,1,6 c,2,2,1,7 c,3,0,1,5 c,3,1,1,10 c,3,2,5,6 c,4,0,20,7
c,4,1,19,6 c,4,2,13,5 c,5,0,14,0 c,5,1,19,0 c,5,2,12,2 d,1,0,0,5 d,1,1,0,2 d,1,2,0,4
d,2,0,1,7 d,2,1,1,10 d,2,2,0,9 d,3,0,9,10 d,3,1,11,13 d,3,2,12,10 d,4,0,31,9 d,4,1,30,2
d,4,2,29,4 d,5,0,20,3 d,5,1,32,2 d,5,2,34,0 e,1,0,0,5 e,1,1,0,1 e,1,2,1,4 e,2,0,3,7
e,2,1,1,9 e,2,2,1,6 e,3,0,4,10 e,3,1,6,9 e,3,2,14,8 e,4,0,19,9 e,4,1,17,14 e,4,2,15,7
e,5,0,16,5 e,5,1,21,2 e,5,2,23,3 f,1,0,0,8 f,1,1,0,4 f,1,2,0,2 f,2,0,2,3 f,2,1,2,10
f,2,2,3,2 f,3,0,7,9 f,3,1,6,10 f,3,2,2,6 f,4,0,15,5 f,4,1,15,11 f,4,2,13,1 f,5,0,12,2
f,5,1,19,4 f,5,2,26,1 g,1,1,2,1 g,1,2,1,0 g,2,0,3,1 g,2,1,3,0 g,2,2,2,0 g,3,0,1,0
g,3,1,2,0 g,3,2,2,3 g,4,0,4,3 g,4,1,4,4 g,4,2,6,2 g,5,0,2,4 g,5,1,4,2 g,5,2,4,0
h,1,1,0,1 h,2,0,0,2 h,2,1,0,1 h,3,0,0,1 h,3,1,0,2 h,3,2,0,3 h,4,0,4,4 h,4,1,5,0
h,4,2,4,2 h,5,0,1,0 h,5,1,6,0 h,5,2,4,0
"""


@pytest.fixture(scope="session")
def eight_segments():
    """Patterns by segment, satisfaction and tenure; answers of `h` tell exactly who stayed."""
    rows = [row.split(",") for row in _COUNTS.split()]
    names = ["segment", "satisfaction", "tenure", "n_stayed", "n_left"]
    table = pd.DataFrame(rows, columns=names)
    table = table.astype(dict.fromkeys(names[1:3], float) | dict.fromkeys(names[3:], int))
    return table.assign(scale_min=1.0, scale_max=5.0)


@pytest.fixture(scope="session")
def company():
    """A company's patterns, made from a generator, sizes of segments and their slopes."""

    def make(rng, sizes, slopes, *, intercept=1.5):
        parts = []
        for place, (size, slope) in enumerate(zip(sizes, slopes, strict=True)):
            satisfaction = rng.choice(5, size, p=[0.05, 0.1, 0.2, 0.35, 0.3]) + 1.0
            tenure = rng.integers(0, 3, size).astype(float)
            own = intercept + 0.5 * rng.normal()
            stayed = rng.random(size) < expit(own + slope * (satisfaction - 4) + 0.3 * tenure)
            parts.append(
                pd.DataFrame(
                    {
                        "segment": f"s{place:03d}",
                        "satisfaction": satisfaction,
                        "tenure": tenure,
                        "n_stayed": stayed.astype(int),
                        "n_left": 1 - stayed,
                    }
                )
            )
        names = ["segment", "satisfaction", "tenure"]
        counts = pd.concat(parts).groupby(names)[["n_stayed", "n_left"]].sum().reset_index()
        return counts.assign(scale_min=1.0, scale_max=5.0)

    return make


@pytest.fixture(scope="session")
def as_rows():
    """One row per customer of patterns: the design's columns, and whether they stayed."""

    def make(patterns):
        counts = patterns[["n_stayed", "n_left"]].to_numpy()
        rows = patterns.loc[np.repeat(patterns.index, counts.sum(axis=1))].reset_index(drop=True)
        stayed = [[1] * one + [0] * other for one, other in counts]
        return rows.assign(stayed=np.concatenate(stayed))

    return make
