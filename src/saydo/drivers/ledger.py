"""Say and do, in one table: the satisfied who left, the dissatisfied who stayed.

Takes patterns, and what customers had spent; returns, per segment, counts and shares of what they
said by what they did, and what they were worth in the year before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.covariates import YEAR
from saydo.drivers.dose_response import withheld_levels
from saydo.drivers.exposures import Exposures, Watch
from saydo.drivers.patterns import with_everyone
from saydo.suppression import revenue_withheld_reason, withheld, withheld_reason
from saydo.tables.checked import Tables
from saydo.tables.days import midnight
from saydo.tables.declared import COUNT, NUMBER, TEXT, as_declared, none_of
from saydo.tables.scope import dissatisfied_to, satisfied_from

SAID = ("satisfied", "neutral", "dissatisfied")
DID = ("stayed", "left")

NUMBERS = ("share", "ci_low", "ci_high", "revenue", "revenue_low", "revenue_high")
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("segment", "said", "did"), TEXT),
    "n": COUNT,
    **dict.fromkeys(NUMBERS, NUMBER),
    "reason": TEXT,
}


def revenue_before(tables: Tables, watch: Watch) -> ir.Table | None:
    """`customer_id`, `revenue` of the 365 days before the watch; customers without orders absent.

    None where there are no orders, or no day from which to count back.
    """
    needs = {"orders": ("customer_id", "ordered_at", "revenue")}
    if watch.landmark is None or tables.lacks(needs) is not None:
        return None
    orders = tables["orders"]
    start, before = (midnight(day) for day in (watch.landmark, watch.landmark - YEAR))
    recent = orders.filter(orders.ordered_at >= before, orders.ordered_at < start)
    return recent.group_by("customer_id").agg(revenue=recent.revenue.sum())


def revenue_by_answer(exposures: Exposures, tables: Tables) -> pd.DataFrame | None:
    """What those with the same answer, who did the same, had spent in the year before.

    Returns:
        `segment` (`all` first), `satisfaction`, `stayed`, `revenue`, `revenue_squared` (sums over
        customers, of revenue and of its square); None where it is not known.
    """
    spent = revenue_before(tables, exposures.watch)
    if spent is None:
        return None
    rows = exposures.table.select("customer_id", "segment", "satisfaction", "stayed")
    rows = rows.left_join(spent, "customer_id")
    keys = ["satisfaction", "stayed"]
    sums = (
        rows.group_by("segment", *keys)
        .agg(revenue=rows.revenue.sum(), revenue_squared=(rows.revenue**2).sum())
        .execute()
        .fillna({"revenue": 0.0, "revenue_squared": 0.0})
    )
    return with_everyone(sums, keys, ["revenue", "revenue_squared"])


def total_interval(
    total: pd.Series, squared: pd.Series, n: pd.Series, *, confidence: float
) -> tuple[pd.Series, pd.Series]:
    """Interval of a total over some of `n` customers: of how many there are and what each spends.

    Normal, from the sums over those customers of revenue and of its square.
    """
    spread = ((squared - total**2 / n) * n / (n - 1)).clip(lower=0) ** 0.5
    reach = norm.ppf(0.5 + confidence / 2) * spread
    return total - reach, total + reach


def ledger(
    patterns: pd.DataFrame,
    *,
    revenue: pd.DataFrame | None = None,
    min_cell: int = 11,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Customers by what they said and what they did.

    A word is withheld where a level of the answer that it stands for is (see `dose_response`): what
    is left are sums of what is shown there, so that the two together give nothing away that the
    levels alone would not.

    Args:
        patterns: As `patterns` returns them.
        revenue: As `revenue_by_answer` returns it, of the same exposures.
        min_cell: Fewest customers with the same answer about whom anything is shown.
        confidence: Coverage of the interval.

    Returns:
        `segment`, `said` (satisfied and dissatisfied are the top and the bottom quarter of the
        scale, neutral is between), `did` (stayed, left), `n` (customers), `share`, `ci_low`,
        `ci_high` (0 to 1, of the segment's exposures; Wilson), `revenue`, `revenue_low`,
        `revenue_high` (in the 365 days before the watch, of these customers together; normal;
        withheld of few), `reason` (why withheld; else empty). Six rows per segment.
    """
    if patterns.empty:
        return none_of(COLUMNS)
    first = patterns.iloc[0]
    scale = first["scale_min"], first["scale_max"]

    def words(answers: pd.Series | pd.Index) -> np.ndarray:
        return np.select(
            [answers >= satisfied_from(*scale), answers <= dissatisfied_to(*scale)],
            [SAID[0], SAID[2]],
            SAID[1],
        )

    long = patterns.assign(said=words(patterns["satisfaction"])).melt(
        id_vars=["segment", "said"], value_vars=["n_stayed", "n_left"], value_name="n"
    )
    long["did"] = long["variable"].map(dict(zip(["n_stayed", "n_left"], DID, strict=True)))
    wide = long.pivot_table(
        index="segment", columns=["said", "did"], values="n", aggfunc="sum", fill_value=0
    )
    segments = pd.Index(patterns["segment"].unique(), name="segment")
    cells = pd.MultiIndex.from_product([SAID, DID], names=["said", "did"])
    wide = wide.reindex(index=segments, columns=cells, fill_value=0)
    levels = withheld_levels(patterns, min_cell=min_cell)
    of_word = levels.T.groupby(words(levels.columns)).any().T
    hidden = of_word.reindex(index=segments, columns=list(SAID), fill_value=False)
    hidden = np.repeat(hidden.to_numpy(bool).ravel(), len(DID))
    rows = pd.MultiIndex.from_product([segments, SAID, DID], names=["segment", "said", "did"])
    table = pd.DataFrame({"n": wide.to_numpy().ravel()}, index=rows).reset_index()
    total = table.groupby("segment")["n"].transform("sum")
    ci_low, ci_high = proportion_confint(table["n"], total, alpha=1 - confidence, method="wilson")
    table = _with_revenue(table, revenue, words, total, confidence=confidence)
    table = table.assign(
        n=table["n"].astype("Int64"),
        share=(table["n"] / total).astype("float64"),
        ci_low=ci_low,
        ci_high=ci_high,
        reason=np.where(hidden, withheld_reason(min_cell), ""),
    )
    table.loc[hidden, ["n", *NUMBERS]] = pd.NA
    few = withheld(wide, min_cell=min_cell, rows_add_up=False).to_numpy(bool).ravel()
    return as_declared(without_revenue(table, few & ~hidden, min_cell=min_cell), COLUMNS)


def without_revenue(table: pd.DataFrame, few: np.ndarray, *, min_cell: int) -> pd.DataFrame:
    """The table without the revenue of rows of few customers, or that would give theirs away.

    How many of many did something is told, however few they are; what these few spent is not.
    """
    hidden = np.asarray(few, bool) & table["revenue"].notna().to_numpy()
    table = table.copy()
    table.loc[hidden, ["revenue", "revenue_low", "revenue_high"]] = np.nan
    table.loc[hidden, "reason"] = revenue_withheld_reason(min_cell)
    return table


def _with_revenue(
    cells: pd.DataFrame,
    revenue: pd.DataFrame | None,
    words: Callable[[pd.Series], np.ndarray],
    total: pd.Series,
    *,
    confidence: float,
) -> pd.DataFrame:
    """The cells with what their customers had spent; not a number where that is not known."""
    if revenue is None:
        return cells.assign(revenue=np.nan, revenue_low=np.nan, revenue_high=np.nan)
    named = revenue.assign(
        said=words(revenue["satisfaction"]), did=np.where(revenue["stayed"], *DID)
    )
    keys = ["segment", "said", "did"]
    sums = named.groupby(keys)[["revenue", "revenue_squared"]].sum()
    found = cells[keys].merge(sums, on=keys, how="left").fillna(dict.fromkeys(sums, 0.0))
    low, high = total_interval(
        found["revenue"], found["revenue_squared"], total.astype(float), confidence=confidence
    )
    return cells.assign(revenue=found["revenue"], revenue_low=low, revenue_high=high)
