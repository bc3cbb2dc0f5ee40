"""Estimates as `tables/kpis` would hold them, and small tables of them."""

import numpy as np
import pandas as pd
import pytest

from saydo.kpis import KPIS, intervals
from saydo.objectives.estimates import Estimate
from saydo.params import parse


@pytest.fixture(scope="session")
def share():
    """A share in percent with Wilson's interval."""

    def make(hits: float, n: float) -> Estimate:
        low, high = intervals.wilson(np.array([hits / n]), np.array([float(n)]))
        bounds = float(100 * low[0]), float(100 * high[0])
        return Estimate(100 * hits / n, *bounds, n, range=(0, 100))

    return make


@pytest.fixture(scope="session")
def normal():
    """An unbounded value with this standard error."""

    def make(value: float, error: float, n: float = 100) -> Estimate:
        return Estimate(value, value - intervals.Z * error, value + intervals.Z * error, n)

    return make


@pytest.fixture(scope="session")
def study():
    """Params with these objectives."""

    def make(*objectives, **keys):
        raw = {
            "study": "Acme",
            "period": "quarter",
            "data": {"tables": {"orders": {"path": "orders.csv"}}},
            "objectives": list(objectives),
        }
        return parse({**raw, **keys}, kpis=tuple(KPIS))

    return make


@pytest.fixture(scope="session")
def kpi_rows():
    """Rows of `tables/kpis` of one KPI, one per quarter of 2024 and 2025 up to the last."""

    def make(kpi, values, *, half=None, segment="all", reasons=None, n=400):
        starts = pd.date_range("2024-01-01", periods=len(values), freq="QS")
        declared = KPIS[kpi]
        value = pd.Series(values, dtype="float64")
        spread = np.nan if half is None else half
        return pd.DataFrame(
            {
                "segment": segment,
                "period_start": starts,
                "period_end": starts + pd.offsets.QuarterEnd(),
                "kpi": kpi,
                "side": declared.side,
                "theme": declared.theme,
                "unit": declared.unit,
                "better": declared.better,
                "value": value,
                "ci_low": value - spread,
                "ci_high": value + spread,
                "n": np.where(value.isna(), np.nan, float(n)),
                "target": np.nan,
                "status": "no target",
                "reason": reasons or "",
            }
        )

    return make
