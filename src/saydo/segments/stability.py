"""Would customers be grouped alike, had others of their kind been looked at?

Cluster-wise stability by the bootstrap: segments are drawn anew from a resample of customers, and
each of the original ones is compared with the one that it is most alike now. The Jaccard
coefficient of two segments is the share of those in both among those in either, 1 if they are the
same. It says how far a segment rests on who happened to be looked at, not that it is useful.

References:
    Hennig (2007), Cluster-wise assessment of cluster stability, Comput. Stat. Data Anal. 52,
    258–271; R's `fpc::clusterboot`, whose defaults are followed: customers drawn twice count once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from saydo.errors import DataError
from saydo.languages import gettext as _
from saydo.languages import noop
from saydo.params import ALL, Params
from saydo.privacy import withheld
from saydo.segments import Assignment, learns, way_of
from saydo.segments.sampling import sample
from saydo.segments.way import UNKNOWN, Learned
from saydo.suppression import withheld_reason

BOOTSTRAPS = 50
MOST_CUSTOMERS = 5000
"""In the sample that is resampled."""

HIGHLY_STABLE = noop("highly stable")
STABLE = noop("stable")
PATTERN = noop("a pattern, whose members are in doubt")
DISSOLVES = noop("not to be trusted")
BY_DEFINITION = noop("by definition")
VERDICTS = ((0.85, HIGHLY_STABLE), (0.75, STABLE), (0.6, PATTERN), (0.0, DISSOLVES))
"""The least mean Jaccard of each, as Hennig has them."""

COLUMNS = {
    "segment": "str",
    "jaccard": "Float64",
    "ci_low": "Float64",
    "ci_high": "Float64",
    "n_bootstrap": "Int64",
    "n_customers": "Int64",
    "verdict": "str",
    "reason": "str",
}

_SEED = 2007
_MOST_IN_VAIN = 0.5

Labels: TypeAlias = NDArray[np.intp]
Refit: TypeAlias = Callable[[Labels], Labels]


def stability(
    assignment: Assignment, params: Params, *, n_bootstrap: int = BOOTSTRAPS
) -> pd.DataFrame:
    """How sure each segment is.

    Where the segments themselves are learned, their number is kept: that they are so many is
    another question.

    Args:
        assignment: Today's segments.
        params: How they were drawn.
        n_bootstrap: How many resamples.

    Returns:
        `segment` (the largest first), `jaccard` (mean over bootstraps, 0 to 1), its 95 % interval
        `ci_low`, `ci_high` (of that mean; null where all bootstraps agree), `n_bootstrap`,
        `n_customers` of the sample in the segment, `verdict` (one of `VERDICTS`, in the
        study's language), `reason` (why withheld, else empty). Where nothing can be asked, one row
        of `all` with the reason; its verdict is `BY_DEFINITION` where nothing is learned.
    """
    how, definition, features = params.segments, assignment.definition, assignment.features
    if how is None or definition is None or features is None:
        return _untold(_("there are no segments"))
    if not learns(how):
        reason = _("the params alone say who belongs where, and any sample would give the same")
        return _untold(reason, verdict=_(BY_DEFINITION))
    if _is_one_group(definition.learned):
        return _untold(_("there is one segment only"))
    way = way_of(how)
    frame = sample(features, MOST_CUSTOMERS)
    local, schema = ibis.duckdb.connect(), features.schema()

    def placed(rows: pd.DataFrame, learned: Learned | None = None) -> pd.Series:
        """The segment of each row; by what the rows themselves teach, unless it is given."""
        table = local.create_table("drawn", rows, schema=schema, temp=True, overwrite=True)
        taught = learned or way.learn_again(table, how, definition.learned)
        drawn: pd.DataFrame = way.place(table, how, taught).execute()
        return drawn.set_index("customer_id")["segment"].reindex(rows["customer_id"])

    original = placed(frame, definition.learned).fillna(_(UNKNOWN))
    names = original.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    if len(names) < 2:
        return _untold(_("there is one segment only"))
    labels = pd.Categorical(original, categories=names.index).codes.astype(np.intp)
    alike = jaccards(labels, partial(_again, frame, placed), n_bootstrap=n_bootstrap)
    if (alike.max(axis=1) == 0).mean() > _MOST_IN_VAIN:
        return _untold(_("too few {customers} of the sample can be learned from"))
    return _table(names, alike, min_cell=params.privacy.min_cell)


def jaccards(labels: Labels, refit: Refit, *, n_bootstrap: int = BOOTSTRAPS) -> NDArray[np.float64]:
    """The Jaccard coefficient of each group with its most alike, by bootstrap and group.

    Args:
        labels: Number of the group of each row, from 0.
        refit: Takes the rows drawn, ascending and each once; returns the number of the group of
            each by what those rows alone teach, or −1 for none.
        n_bootstrap: How many resamples, drawn by a fixed seed.
    """
    rng = np.random.default_rng(_SEED)
    n, k = len(labels), int(labels.max()) + 1
    result = np.empty((n_bootstrap, k))
    for row in result:
        drawn = np.unique(rng.integers(n, size=n))
        row[:] = most_alike(labels[drawn], refit(drawn), n_groups=k)
    return result


def most_alike(labels: Labels, others: Labels, *, n_groups: int) -> NDArray[np.float64]:
    """The highest Jaccard coefficient of each group with any of the other grouping's.

    A group that nobody is in has 0, as in `fpc`.
    """
    n_others = max(int(others.max()) + 1, 1)
    both = np.zeros((n_groups, n_others))
    np.add.at(both, (labels[others >= 0], others[others >= 0]), 1)
    either = np.bincount(labels, minlength=n_groups)[:, None] + both.sum(axis=0) - both
    coefficients: NDArray[np.float64] = (both / np.maximum(either, 1)).max(axis=1)
    return coefficients


def verdict(jaccard: float) -> str:
    """What may be said of a segment with this mean coefficient."""
    return next(word for least, word in VERDICTS if jaccard >= least)


def _again(
    frame: pd.DataFrame, placed: Callable[[pd.DataFrame], pd.Series], drawn: Labels
) -> Labels:
    try:
        segments = placed(frame.iloc[drawn])
    except DataError:
        # These few teach nothing (none of them ordered, say): no segment is found again.
        return np.full(len(drawn), -1, dtype=np.intp)
    return np.asarray(pd.factorize(segments.fillna(_(UNKNOWN)))[0], dtype=np.intp)


def _table(names: pd.Series, alike: NDArray[np.float64], *, min_cell: int) -> pd.DataFrame:
    """The result of segments with so many customers in the sample (`names`, the largest first)."""
    people = names.to_numpy(dtype=np.int64)
    mean = alike.mean(axis=0)
    error = alike.std(axis=0, ddof=1) / np.sqrt(len(alike))
    reach = stats.t.ppf(0.975, len(alike) - 1) * np.where(error > 1e-12, error, np.nan)
    table = pd.DataFrame(
        {
            "segment": names.index,
            "jaccard": mean,
            "ci_low": np.clip(mean - reach, 0, 1),
            "ci_high": np.clip(mean + reach, 0, 1),
            "n_bootstrap": len(alike),
            "n_customers": people,
            "verdict": [_(verdict(each)) for each in mean],
            "reason": "",
        }
    ).astype(COLUMNS)
    # The sample's sizes would tell those of segments that are too small to be shown.
    hidden = withheld(people, 0, min_cell=min_cell)
    table.loc[hidden, ["jaccard", "ci_low", "ci_high", "n_bootstrap", "n_customers"]] = pd.NA
    table.loc[hidden, "verdict"] = ""
    table.loc[hidden, "reason"] = withheld_reason(min_cell)
    return table


def _is_one_group(learned: Learned) -> bool:
    """Whether groups were looked for and there are none: one of all is sure, and says nothing."""
    inner = learned.get("within", learned)
    groups = inner.get("clusters", inner.get("groups"))
    return groups is not None and len(groups) == 1


def _untold(reason: str, *, verdict: str = "") -> pd.DataFrame:
    row = dict.fromkeys(COLUMNS) | {"segment": ALL, "verdict": verdict, "reason": reason}
    return pd.DataFrame([row]).astype(COLUMNS)
