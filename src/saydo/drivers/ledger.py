"""Say and do, in one table: the satisfied who left, the dissatisfied who stayed.

Takes patterns; returns, per segment, counts and shares of what customers said by what they did.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from saydo.drivers.dose_response import withheld_levels
from saydo.drivers.suppression import withheld_reason
from saydo.tables.scope import dissatisfied_to, satisfied_from

SAID = ("satisfied", "neutral", "dissatisfied")
DID = ("stayed", "left")


def ledger(patterns: pd.DataFrame, *, min_cell: int = 11, confidence: float = 0.95) -> pd.DataFrame:
    """Customers by what they said and what they did.

    A word is withheld where a level of the answer that it stands for is (see `dose_response`): what
    is left are sums of what is shown there, so that the two together give nothing away that the
    levels alone would not.

    Args:
        patterns: As `patterns` returns them.
        min_cell: Fewest customers with the same answer about whom anything is shown.
        confidence: Coverage of the interval.

    Returns:
        `segment`, `said` (satisfied and dissatisfied are the top and the bottom quarter of the
        scale, neutral is between), `did` (stayed, left), `n` (customers), `share`, `ci_low`,
        `ci_high` (0 to 1, of the segment's exposures; Wilson), `reason` (why withheld; else empty).
        Six rows per segment.
    """
    columns = ["segment", "said", "did", "n", "share", "ci_low", "ci_high", "reason"]
    if patterns.empty:
        return pd.DataFrame(columns=columns)
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
    table = table.assign(
        n=table["n"].astype("Int64"),
        share=(table["n"] / total).astype("float64"),
        ci_low=ci_low,
        ci_high=ci_high,
        reason=np.where(hidden, withheld_reason(min_cell), ""),
    )
    table.loc[hidden, ["n", "share", "ci_low", "ci_high"]] = pd.NA
    return table[columns]
