"""Models of several waves, from tables to rows: every segment has a row, or the reason why not."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from saydo.drivers.panel import COLUMNS, histories, panel_models, waves

AS_OF = date(2025, 12, 31)
BUYING = {"kind": "purchase", "within_days": 92}


@pytest.fixture
def company(tables_of):
    """400 customers of two segments, with an answer and perhaps an order in each quarter or so."""
    rng = np.random.default_rng(7)
    starts = pd.to_datetime(["2024-12-29", "2025-03-31", "2025-07-01", "2025-10-01"])
    answers, orders = [], []
    for customer in range(400):
        level = rng.normal()
        orders.append((f"c{customer}", pd.Timestamp("2024-12-01")))
        for start in starts:
            score = int(np.clip(np.round(3 + level / 2 + rng.normal()), 1, 5))
            answers.append((f"c{customer}", start - pd.Timedelta(days=9), score))
            if rng.random() < 1 / (1 + np.exp(-(0.8 + level + 0.4 * (score - 3)))):
                orders.append((f"c{customer}", start + pd.Timedelta(days=int(rng.integers(92)))))
    customers = [(f"c{customer}", "2024-01-01", None) for customer in range(400)]
    table = pd.DataFrame(orders, columns=["customer_id", "ordered_at"])
    table = table.assign(order_id=table.index.astype(str), revenue=10.0)
    return tables_of(customers, answers, orders=table)


@pytest.fixture
def halves():
    return {f"c{customer}": "ab"[customer % 2] for customer in range(400)}


def test_every_segment_has_its_models_and_equals_the_model_on_rows(
    params_of, assign, company, halves
):
    params = params_of(retention=BUYING)
    assigned = assign(company, halves)
    found = panel_models(company, assigned, ["all", "a", "b"], params=params, as_of=AS_OF)
    assert list(found.columns) == list(COLUMNS)
    assert list(found["segment"].unique()) == ["all", "a", "b"]
    assert set(found["model"]) == {"unadjusted waves", "unadjusted within"}
    assert found["estimate"].notna().all()
    # statsmodels on the rows of segment b, straight from the engine.
    rows = waves(company, assigned, params=params, as_of=AS_OF).table.execute()
    rows = rows[rows["is_active"] & (rows["segment"] == "b")].sort_values("customer_id")
    matrix = pd.get_dummies(rows["wave"], dtype=float).iloc[:, 1:].add_prefix("w")
    matrix = sm.add_constant(matrix.assign(satisfaction=rows["satisfaction"]))
    theirs = sm.GEE(
        rows["stayed"].astype(float),
        matrix,
        groups=rows["customer_id"],
        family=sm.families.Binomial(),
    ).fit(cov_type="bias_reduced", ctol=1e-13)
    ours = found.query("segment == 'b' and model == 'unadjusted waves'").set_index("term")
    ours = ours.loc["satisfaction"]
    assert ours["estimate"] == pytest.approx(theirs.params["satisfaction"], abs=1e-8)
    assert ours["std_error"] == pytest.approx(theirs.bse["satisfaction"], abs=1e-8)
    assert ours["n"] == rows["customer_id"].nunique() == 200
    assert ours["n_rows"] == len(rows)


def test_histories_are_fewer_than_customers_and_hold_them_all(params_of, assign, company, halves):
    made = waves(company, assign(company, halves), params=params_of(retention=BUYING), as_of=AS_OF)
    reduced = histories(made)
    once = reduced.rows.drop_duplicates("history")
    assert once["n"].sum() == 400
    assert reduced.rows["n"].sum() == made.table.count().execute()


def test_segments_drawn_from_behaviour_already_tell_who_stayed(params_of, assign, company, halves):
    params = params_of(retention=BUYING, segments={"method": "rfm"})
    assigned = assign(company, halves)
    found = panel_models(company, assigned, ["all", "a"], params=params, as_of=AS_OF)
    of_a = found[found["segment"] == "a"]
    assert list(of_a["model"]) == ["unadjusted waves", "unadjusted within"]
    assert (of_a["verdict"] == "refused").all()
    assert of_a["reason"].str.contains("already tells who stayed").all()
    assert of_a["estimate"].isna().all()
    assert found.loc[found["segment"] == "all", "estimate"].notna().all()


def test_without_dates_every_model_is_refused_and_without_tables_not_measured(
    params_of, assign, company
):
    undated = company["answers"].drop("answered_at")
    tables = type(company)(company.connection, {**company.tables, "answers": undated})
    params = params_of(retention=BUYING)
    found = panel_models(tables, assign(company), ["all", "a"], params=params, as_of=AS_OF)
    assert (found["verdict"] == "refused").all()
    assert found["reason"].str.contains("Answers have no date").all()
    assert list(found["segment"]) == ["all", "all", "a", "a"]
    bare = {name: table for name, table in company.tables.items() if name != "orders"}
    tables = type(company)(company.connection, bare)
    found = panel_models(tables, assign(company), ["all"], params=params, as_of=AS_OF)
    assert (found["verdict"] == "not measured").all()
    assert (found["reason"] == "Not measured (needs orders).").all()


def test_a_segment_of_a_few_is_told_nothing_of(params_of, assign, company):
    few = {f"c{customer}": "few" for customer in range(8)}
    found = panel_models(
        company,
        assign(company, few),
        ["few"],
        params=params_of(retention=BUYING),
        as_of=AS_OF,
    )
    assert (found["verdict"] == "refused").all()
    counts = ["n", "n_left", "n_rows", "n_varying", "n_changing", "estimate"]
    assert found[counts].isna().all().all()
    assert not found["reason"].str.contains(r"\b8\b").any()
