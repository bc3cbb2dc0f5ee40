"""What the overview says of a change that comes from who the people are."""

import pandas as pd
import pytest

from saydo import params as params_module
from saydo.kpis.mix import mix
from saydo.report.mix import reversals
from saydo.report.movement import latest

THEN, NOW = pd.Timestamp("2024-10-01"), pd.Timestamp("2025-10-01")


@pytest.fixture(scope="module")
def params():
    return params_module.parse(
        {"study": "Mix", "data": {"tables": {"orders": {"path": "orders.csv"}}}}
    )


def told(params, *rows, half=0.5):
    """The finding on segment, value and weight before, value and weight now."""
    records = []
    for segment, before, weight_before, now, weight_now in rows:
        for start, value, weight in ((THEN, before, weight_before), (NOW, now, weight_now)):
            records.append((segment, start, value, weight))
    frame = pd.DataFrame(records, columns=["segment", "period_start", "value", "weight"])
    frame = frame.assign(
        kpi="crr", ci_low=frame["value"] - half, ci_high=frame["value"] + half, reason=""
    )
    now = latest(frame)
    return reversals(mix(now, frame), now, params=params)


REVERSED = (
    ("all", 78, 350, 82.6, 350),
    ("small", 93.1, 87, 86.7, 270),
    ("large", 73, 263, 68.8, 80),
)


def test_a_reversal_is_told_with_its_parts(params):
    finding = told(params, *REVERSED)
    assert finding.sentence.startswith("Customer retention rate changed by +4.6\xa0pp from Q4 2024")
    assert "though every segment moved the other way (Simpson's paradox)" in finding.sentence
    # 0.51 · −6.4 + 0.49 · −4.2 within; the rest of the change by the mix.
    assert "within them −5.3\xa0pp, by the mix +9.9\xa0pp" in finding.sentence
    assert "The share of “small” went from 24.9% to 77.1%." in finding.sentence
    assert "against every segment" in finding._repr_html_()


def test_a_change_that_may_be_chance_is_not_explained(params):
    assert told(params, *REVERSED, half=5).sentence == (
        "No KPI changed clearly in a year, so that there is nothing to split."
    )


def test_a_change_within_segments_is_left_to_the_totals(params):
    finding = told(
        params, ("all", 50, 200, 60, 200), ("a", 40, 100, 50, 100), ("b", 60, 100, 70, 100)
    )
    assert finding.sentence.startswith("Of 1 clear change in a year none comes from a changed mix")
    assert finding.table.empty


def test_segments_made_from_deeds_are_owned_up_to(params):
    rules = {"method": "rules", "rules": [{"name": "A", "when": "spend > 1"}]}
    by_rules = params.model_copy(
        update={
            "segments": params_module.parse(
                {
                    "study": "Mix",
                    "data": {"tables": {"orders": {"path": "o.csv"}}},
                    "segments": rules,
                }
            ).segments
        }
    )
    assert "comes from how they were chosen" in told(by_rules, *REVERSED).sentence
