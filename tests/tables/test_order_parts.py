"""Passes over all orders count what a distinct count would."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saydo.params import parse
from saydo.periods import last_periods
from saydo.tables.checked import Tables
from saydo.tables.order_parts import orders_by_period, orders_to_date
from saydo.tables.scope import Scope

AS_OF = date(2024, 12, 31)  # of a leap year


def orders(n: int = 4000) -> pd.DataFrame:
    """Of twelve customers over four years, often several on one day, of a hundred categories."""
    rng = np.random.default_rng(3)
    minutes = rng.integers(0, (4 * 365 + 1) * 24 * 60, n)
    # The first and the last day of a leap year are the first and the last of 366 places.
    ends = pd.to_datetime(["2024-01-01 00:00", "2024-12-31 23:59"] * 2)
    ordered_at = pd.Timestamp("2021-01-01") + pd.to_timedelta(minutes, unit="min")
    return pd.DataFrame(
        {
            "order_id": [str(number) for number in range(n + 4)],
            "customer_id": [f"c{who}" for who in rng.integers(0, 12, n)]
            + ["c0", "c0", "new", "new"],
            "ordered_at": [*ordered_at, *ends],
            "revenue": rng.uniform(1, 100, n + 4),
            "cost": np.where(rng.random(n + 4) < 0.1, np.nan, 5.0),
            "category": [f"kind {kind}" for kind in rng.integers(0, 100, n + 4)],
        }
    )


def scope_of(rows: pd.DataFrame, as_of: date, *, length: str, number: int = 2) -> Scope:
    tables = Tables.of({"orders": rows})
    raw = {"study": "T", "data": {"tables": {"orders": {"path": "o.csv"}}}}
    params = parse({**raw, "period": length, "periods": number})
    periods = tuple(last_periods(as_of, length=length, number=number))
    nobody = tables["customers"].mutate(segment=None).cast({"segment": "string"})
    return Scope(tables, nobody, periods, params, as_of)


@pytest.fixture(params=["month", "quarter", "year"])
def scope(request) -> Scope:
    return scope_of(orders(), AS_OF, length=request.param)


def test_days_and_categories_of_a_period_are_counted_once_each(scope):
    found = orders_by_period(scope).execute().set_index(["customer_id", "period_start"])
    rows = orders()
    code = {"month": "M", "quarter": "Q", "year": "Y"}[scope.params.period]
    rows["period_start"] = rows["ordered_at"].dt.to_period(code).dt.start_time
    rows["day"] = rows["ordered_at"].dt.normalize()
    rows = rows[rows["period_start"] >= pd.Timestamp(scope.periods[0].start)]
    wanted = rows.groupby(["customer_id", "period_start"]).agg(
        n_days=("day", "nunique"), n_categories=("category", "nunique"), n_orders=("day", "size")
    )
    found.index = found.index.set_levels(pd.to_datetime(found.index.levels[1]), level=1)
    pd.testing.assert_frame_equal(
        found[wanted.columns].sort_index(), wanted, check_dtype=False, check_index_type=False
    )


def test_what_came_before_the_periods_is_in_the_sums_to_date(scope):
    found = orders_to_date(scope).execute().set_index("customer_id").sort_index()
    rows = orders()
    rows["day"] = rows["ordered_at"].dt.normalize()
    rows["gain"] = rows["revenue"] - rows["cost"]
    by_customer = rows.groupby("customer_id")
    assert (found["n_days"] == by_customer["day"].nunique()).all()
    assert (found["first_order"] == by_customer["ordered_at"].min()).all()
    assert found["spend"].to_numpy() == pytest.approx(by_customer["revenue"].sum().to_numpy())
    assert found["margin_1"].to_numpy() == pytest.approx(by_customer["gain"].sum().to_numpy())
    for number, period in enumerate(scope.periods):
        until = rows[rows["ordered_at"] < pd.Timestamp(period.after)].groupby("customer_id")
        since = (until["day"].max() - pd.Timestamp("1970-01-01")).dt.days
        known = found[f"until_{number + 1}"].dropna()
        assert (known == since.reindex(known.index)).all()
        is_costed = until["cost"].apply(lambda cost: cost.notna().all())
        uncosted_from = pd.to_datetime(found["uncosted_from"]).reindex(since.index)
        assert (~(uncosted_from <= pd.Timestamp(period.start)) == is_costed).all()
        within = rows[
            rows["ordered_at"].between(*map(pd.Timestamp, (period.start, period.after)), "left")
        ]
        n_days = within.groupby("customer_id")["day"].nunique()
        assert (found[f"n_{number + 1}"] == n_days.reindex(found.index, fill_value=0)).all()
    year = rows[rows["ordered_at"] >= "2024-01-01"]
    margin = year.groupby("customer_id")["gain"].sum()
    assert found["margin"].to_numpy() == pytest.approx(margin.to_numpy())


def test_margins_of_the_last_twelve_months_begin_in_the_middle_of_a_year():
    rows = orders()
    rows = rows[rows["ordered_at"] < pd.Timestamp("2024-07-01")]
    scope = scope_of(rows, date(2024, 6, 30), length="quarter", number=1)
    found = orders_to_date(scope).execute().set_index("customer_id").sort_index()
    known = rows[(rows["ordered_at"] >= pd.Timestamp("2023-07-01")) & rows["cost"].notna()]
    by_customer = known.groupby("customer_id")
    assert found["revenue"].to_numpy() == pytest.approx(by_customer["revenue"].sum().to_numpy())
    gain = by_customer["revenue"].sum() - by_customer["cost"].sum()
    assert found["margin"].to_numpy() == pytest.approx(gain.to_numpy())
    assert (
        found["n_days"] == rows["ordered_at"].dt.date.groupby(rows["customer_id"]).nunique()
    ).all()


def test_there_may_be_more_periods_than_one_whole_number_holds():
    scope = scope_of(orders(), AS_OF, length="month", number=30)
    found = orders_to_date(scope).execute().set_index("customer_id").sort_index()
    rows = orders()
    rows["day"] = rows["ordered_at"].dt.normalize()
    for number, period in enumerate(scope.periods, start=1):
        until = rows[rows["day"] < pd.Timestamp(period.after)]
        within = until[until["day"] >= pd.Timestamp(period.start)]
        n_days = within.groupby("customer_id")["day"].nunique()
        assert (found[f"n_{number}"] == n_days.reindex(found.index, fill_value=0)).all()
        last = (until.groupby("customer_id")["day"].max() - pd.Timestamp("1970-01-01")).dt.days
        known = found[f"until_{number}"].dropna()
        assert (known == last).all() and len(known) == len(last)
