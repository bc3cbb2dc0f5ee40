"""The page's objectives: the answer first, then each voice with its measures."""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.kpis import KPIS
from saydo.languages import LANGUAGES, speak
from saydo.objectives.table import objectives as objectives_table
from saydo.params import parse
from saydo.report.objective_figure import objective_figure
from saydo.report.objective_words import chance
from saydo.report.objectives import answer, objectives, outcome

TODAY = date(2025, 12, 31)


def rows(kpi, values, half, *, segment="all", n=400):
    starts = pd.date_range("2024-01-01", periods=len(values), freq="QS")
    value = pd.Series(values, dtype="float64")
    return pd.DataFrame(
        {
            "segment": segment, "period_start": starts,
            "period_end": starts + pd.offsets.QuarterEnd(), "kpi": kpi, "value": value,
            "ci_low": value - half, "ci_high": value + half, "n": float(n), "reason": "",
        }
    )  # fmt: skip


KPI_ROWS = pd.concat(
    [
        rows("csat_mean", [3.0, 3.1, 3.1, 3.2, 3.3, 3.3, 3.4, 3.5], 0.1),
        rows("nps", [10, 12, 11, 14, 16, 15, 18, 19], 4),
        rows("frt_median", [9, 9, 8, 8, 7, 7, 6, 5], 0.5),
        rows("crr", [90, 90, 91, 92, 92, 93, 93, np.nan], 1),
        rows("market_share_value", [20, 21, 20, 22, 21, 22, 23, 22], np.nan),
    ],
    ignore_index=True,
)


def found(*objectives_given, segment="all", language="en"):
    raw = {
        "study": "Acme", "language": language, "period": "quarter",
        "data": {"tables": {"orders": {"path": "orders.csv"}}},
        "objectives": [
            {"voice": f"Voice {number}", "measures": measures}
            for number, measures in enumerate(objectives_given)
        ],
    }  # fmt: skip
    params = parse(raw, kpis=tuple(KPIS))
    with speak(language):
        table = objectives_table(KPI_ROWS, params=params, as_of=TODAY)
        return objectives(table, KPI_ROWS, segment=segment, params=params)


REACHED = {"kpi": "csat_mean", "target": 3.0}
MISSED = {"kpi": "frt_median", "target": 4}
OPEN = {"kpi": "nps", "target": 17, "by": "2026-06-30"}
ABSENT = {"kpi": "crr", "target": 90}


def test_the_answer_counts_objectives_and_says_what_would_tell():
    # 400 answers, half an interval of 4 and 2 points to the target: 400 · (4/2)² in all.
    assert found([REACHED], [MISSED], [OPEN]).sentence == (
        "1 of 3 objectives is reached, 1 is not reached, 1 can't be told yet. "
        "To tell, it would take 1,200 more answers."
    )


@pytest.mark.parametrize(
    ("measures", "sentence"),
    [
        ([REACHED], "The objective is reached."),
        ([REACHED, MISSED], "The objective is not reached."),
        # What is open does not matter any more, once another measure is missed.
        ([OPEN, MISSED], "The objective is not reached."),
        ([ABSENT, REACHED], "Whether the objective is reached was not measured."),
        (
            [REACHED, OPEN],
            "Whether the objective is reached can't be told yet. "
            "To tell, it would take 1,200 more answers.",
        ),
    ],
)
def test_one_objective_is_reached_with_all_its_measures(measures, sentence):
    assert found(measures).sentence == sentence


def test_a_segment_without_objectives_says_so_in_one_line():
    finding = found([REACHED], segment="Newcomers")
    assert finding.sentence.startswith("No objectives are set for this segment")
    assert finding.body == ""
    assert answer(finding.table) == finding.sentence


def test_a_value_at_its_target_asks_for_no_number_of_answers():
    finding = found([{"kpi": "nps", "target": 19}])
    assert finding.sentence == "Whether the objective is reached can't be told yet."
    assert "no number of answers would tell" in finding.body


def test_a_measure_tells_value_interval_target_chance_and_forecast():
    text = re.sub(r"<[^>]*>", " ", found([OPEN]).body)
    assert "Net Promoter Score: 19.0 in Q4 2025 (95% interval 15.0 to 23.0)." in text
    assert "Target: at least 17.0 by 30 Jun 2026." in text
    assert "Probability that it is reached now: likely (84%)." in text
    assert re.search(r"If the trend goes on: \d+\.\d in Q2 2026 \(95% prediction interval", text)
    assert "To tell, it would take 1,200 more answers." in text


def test_a_full_count_has_no_probability_to_speak_of():
    text = found([{"kpi": "market_share_value", "target": 20}]).body
    assert "target reached" in text
    assert "Probability" not in text


def test_what_was_not_measured_has_its_reason_and_no_figure():
    body = found([ABSENT]).body
    assert "not measured" in body
    assert "<figure>" not in body


def test_the_alternative_text_tells_what_the_figure_shows():
    body = found([OPEN]).body
    (alternative,) = re.findall(r'alt="([^"]*)"', body)
    for value in ("Q1 2024 10.0", "Q4 2025 19.0", "at least 17.0", "95% prediction interval"):
        assert value in alternative


def figure_table():
    history = pd.DataFrame(
        {
            "at": range(8), "period": [f"P{n}" for n in range(8)], "is_forecast": False,
            "value": [10.0, 12, 11, 14, 16, 15, 18, 19], "ci_low": [6.0, 8, 7, 10, 12, 11, 14, 15],
            "ci_high": [14.0, 16, 15, 18, 20, 19, 22, 23],
        }
    )  # fmt: skip
    ahead = {"at": 10, "period": "P10", "is_forecast": True, "value": 22.0}
    return pd.concat(
        [history, pd.DataFrame([ahead | {"ci_low": 10.0, "ci_high": 400.0}])], ignore_index=True
    )


def test_the_figure_shows_every_period_the_target_and_the_forecast_to_scale():
    table = figure_table()
    axes = objective_figure(table, target=17, title="NPS", text=str).axes[0]
    points = {
        (x, y)
        for line in axes.get_lines()
        if line.get_marker() == "o"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }
    assert points == set(zip(table["at"], table["value"], strict=True))
    low, high = axes.get_ylim()
    assert low < 6
    # An interval far beyond all values is cut and marked, so that these can still be read.
    assert high < 60
    assert [line.get_marker() for line in axes.get_lines()].count("^") == 1
    dashed = [line for line in axes.get_lines() if list(line.get_ydata()) == [17, 17]]
    assert len(dashed) == 1


def test_probabilities_have_words_and_never_claim_the_ends():
    assert chance(1.0) == "almost certain (over 99%)"
    assert chance(0.0) == "almost ruled out (under 1%)"
    assert chance(0.5) == "about as likely as not (50%)"
    assert chance(0.07) == "very unlikely (7%)"


def test_outcomes_of_several_statuses():
    assert outcome(pd.Series(["reached", "no target"])) == "not measured"
    assert outcome(pd.Series(["uncertain", "not measured"])) == "not measured"
    assert outcome(pd.Series(["uncertain", "not reached"])) == "not reached"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_shows_objectives_and_leaves_no_blank(language):
    html = found([REACHED, MISSED], [OPEN, ABSENT], language=language)._repr_html_()
    text = re.sub(r"<[^>]*>|data:[^\"]*", "", html)
    assert re.search(r"\b(nan|NaN|None|NaT|inf)\b|[{}]", text) is None
