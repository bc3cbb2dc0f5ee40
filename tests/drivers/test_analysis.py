"""All tables at once: every segment is in each, with numbers or with the reason why not."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.drivers import KEPT, analyse, exposures, watch_of
from saydo.drivers.diagnostics import NAMES as DIAGNOSTICS
from saydo.drivers.other_designs import COLUMNS as OTHER_DESIGNS
from saydo.tables.checked import Tables

AS_OF = date(2025, 12, 31)
SHOWN = (
    "exposures",
    "dose_response",
    "ledger",
    "contradictions",
    "evidence",
    "verdicts",
    "retention_models",
    "importance",
    "improvements",
    "predictions",
    "forms",
    *DIAGNOSTICS,
    *OTHER_DESIGNS,
)


@pytest.fixture
def company(tables_of):
    """1,200 customers, of whom the satisfied stay more often; the last 200 answer nothing."""
    rng = np.random.default_rng(11)
    customers, answers = [], []
    for number in range(1200):
        score = rng.integers(1, 6)
        leaves = rng.random() < 0.6 - 0.1 * score
        day = pd.Timestamp("2025-10-01") + pd.Timedelta(days=int(rng.integers(0, 92)))
        customers.append((f"c{number}", "2024-01-01", day if leaves else None))
        if number < 1000:
            answers.append((f"c{number}", "2025-09-01", score))
    return tables_of(customers, answers)


def segments_of(number):
    return {
        f"c{n}": "large" if n < 900 else "small" if n < 1000 else "silent" for n in range(number)
    }


def test_every_segment_is_in_every_table(company, params_of, assign):
    tables = analyse(company, assign(company, segments_of(1200)), params=params_of(), as_of=AS_OF)
    assert set(tables) == {*SHOWN, *KEPT}
    for name in SHOWN:
        assert list(tables[name]["segment"].unique()) == ["all", "large", "silent", "small"], name
    verdicts = tables["verdicts"].set_index("segment")
    assert verdicts.loc["all", "verdict"] == "association only"  # nothing to adjust for
    assert verdicts.loc["silent", "verdict"] == "not measured"
    silent = tables["dose_response"][tables["dose_response"].segment == "silent"]
    assert silent["retention"].isna().all() and "None of 200" in silent["reason"].item()
    counts = tables["exposures"].set_index(["segment", "reason"])["n"]
    assert counts["all", "watched"] == 1000
    assert counts["silent", "never_answered"] == 200
    assert list(tables["importance"]["reason"].unique()) == ["Not measured (needs answers.aspect)."]


def test_the_raw_table_the_model_and_the_ledger_count_the_same_customers(
    company, params_of, assign
):
    everything = params_of(privacy={"min_cell": 1})
    tables = analyse(company, assign(company, segments_of(1200)), params=everything, as_of=AS_OF)
    n = tables["dose_response"].groupby("segment")["n"].sum()
    models = tables["retention_models"]
    assert set(models[models.segment == "all"]["n"]) == {n["all"]} == {1000}
    assert tables["ledger"].groupby("segment")["n"].sum()["large"] == n["large"] == 900


@pytest.mark.parametrize(
    ("retention", "frames", "words"),
    [
        (None, ["customers", "answers"], "needs retention in params"),
        ({"kind": "contract"}, ["customers"], "needs answers"),
        ({"kind": "label"}, ["customers", "answers"], "needs customers.left"),
    ],
)
def test_without_answers_or_retention_everything_is_not_measured(
    company, params_of, assign, retention, frames, words
):
    tables = Tables(company.connection, {name: company[name] for name in frames})
    found = analyse(
        tables,
        assign(tables, segments_of(1200)),
        params=params_of(retention=retention),
        as_of=AS_OF,
    )
    for name in SHOWN:
        assert list(found[name]["segment"].unique()) == ["all", "large", "silent", "small"], name
    assert (found["verdicts"]["verdict"] == "not measured").all()
    assert found["verdicts"]["reason"].str.contains(words, regex=False).all()
    assert found["retention_models"]["estimate"].isna().all()
    assert found["ledger"]["n"].isna().all()


def test_columns_and_types_are_the_same_whatever_the_data(company, params_of, assign):
    segments = assign(company, segments_of(1200))
    told = analyse(company, segments, params=params_of(), as_of=AS_OF)
    others = {
        "not measured": {"params": params_of(retention=None), "as_of": AS_OF},
        "withheld": {"params": params_of(privacy={"min_cell": 1000}), "as_of": AS_OF},
        "unfinished": {"params": params_of(), "as_of": date(2026, 3, 31)},
    }
    for what, asked in others.items():
        found = analyse(company, segments, **asked)
        for name in SHOWN:
            pd.testing.assert_series_equal(
                found[name].dtypes, told[name].dtypes, obj=f"{name}, {what}"
            )


def test_data_that_end_early_show_no_share_of_who_stayed(company, params_of, assign):
    # As of March, nothing is known after December: nobody seems to leave any more.
    found = analyse(company, assign(company), params=params_of(), as_of=date(2026, 3, 31))
    assert (found["verdicts"]["verdict"] == "refused").all()
    about_staying = ("dose_response", "ledger", "contradictions", "responders", "reweighted")
    for name in (*about_staying, "silent", "asking"):
        assert "The data seem to end" in found[name]["reason"].iloc[0]
        assert found[name].drop(columns=["segment", "reason"]).isna().all(axis=None)


def test_where_the_gate_refuses_no_table_has_an_effect_of_satisfaction(company, params_of, assign):
    # Of fifteen who answered too few left; that they answered is told all the same.
    segments = {f"c{n}": "few" if n < 15 or n >= 1185 else "large" for n in range(1200)}
    found = analyse(company, assign(company, segments), params=params_of(), as_of=AS_OF)
    refused = found["verdicts"].set_index("segment")["verdict"] == "refused"
    assert refused.any() and not refused.all()
    for name in ("retention_models", "reweighted", "silent"):
        table = found[name]
        effects = table[table["term"] == "average_marginal_effect"]
        is_refused = effects["segment"].map(refused)
        assert effects.loc[is_refused, "estimate"].isna().all(), name
        assert (effects.loc[is_refused, "reason"].str.len() > 10).all(), name
        assert effects.loc[~is_refused, "estimate"].notna().any(), name


def test_tables_can_be_stored(company, params_of, assign, tmp_path):
    found = analyse(company, assign(company, segments_of(1200)), params=params_of(), as_of=AS_OF)
    for name, table in found.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
        assert len(pd.read_parquet(tmp_path / f"{name}.parquet")) == len(table)


def test_what_was_watched_is_kept_whole(company, params_of, assign, tmp_path):
    found = analyse(company, assign(company), params=params_of(), as_of=AS_OF)
    found["watch"].to_parquet(tmp_path / "watch.parquet")
    watch = watch_of(pd.read_parquet(tmp_path / "watch.parquet"))
    assert watch.landmark == date(2025, 10, 1)
    assert watch.as_of == AS_OF
    assert watch.scale == (1.0, 5.0)
    assert watch.has_time_order
    assert watch == exposures(company, assign(company), params=params_of(), as_of=AS_OF).watch
