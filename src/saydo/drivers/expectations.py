"""What do customers really expect? What they say, and what goes with their satisfaction.

Takes answers with their aspects (score, importance, expectation, minimum), Kano's questions and the
assignment to segments; returns one row per segment and attribute with all ways of asking side by
side: importance as stated and as derived, performance and the gap to what was expected, penalty and
reward, zone of tolerance, Kano's class, and the place on the importance–performance map.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from saydo.drivers.importance.derived import Derived, derived
from saydo.drivers.importance.kano import kano_classes
from saydo.drivers.importance.map import SHARE, disagreements, quadrants
from saydo.drivers.importance.penalty_reward import penalty_reward
from saydo.drivers.importance.responses import Responses, Scales, responses
from saydo.drivers.importance.stated import MEASURES, stated, unasked
from saydo.drivers.importance.zones import zone
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.params import Params
from saydo.suppression import withheld, withheld_reason
from saydo.tables.checked import Tables
from saydo.tables.declared import COUNT, NUMBER, TEXT, YES_NO, as_declared, none_of

DERIVED = (
    *(f"derived_{way}{end}" for way in ("rwa", "lmg") for end in ("", "_low", "_high")),
    *("r_squared", "correlation", "vif", "condition_number"),
    *("rank_derived", "rank_stated", "p_disagrees", "disagrees"),
    *SHARE,
    *("quadrant", "p_quadrant", "quadrant_is_clear"),
)
PENALTY_REWARD = (
    *(f"{term}{end}" for term in ("penalty", "reward") for end in ("", "_low", "_high")),
    *("kind", "reference"),
)
KANO = ("kano", "kano_better", "kano_worse")
RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "n": (),
    **{f"{name}_n": tuple(f"{name}{end}" for end in ("", "_low", "_high")) for name in MEASURES},
    "derived_n": (*DERIVED, "n_incomplete"),
    "penalty_reward_n": PENALTY_REWARD,
    "kano_n": KANO,
}
"""Counts of respondents, and what rests on them: withheld together."""

_COUNTED = [name for n, rest in RESTS_ON.items() if n != "n" for name in (*rest, n)]
_ORDER = (
    *("segment", "attribute", *_COUNTED, "kano_of_all", "zone", "n", "rank", "p_best", "reason"),
)
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(_ORDER, NUMBER),
    **dict.fromkeys((*RESTS_ON, "n_incomplete", "rank", "rank_derived", "rank_stated"), COUNT),
    **dict.fromkeys(("segment", "attribute", "reason", "kind", "reference", "kano", "zone"), TEXT),
    **dict.fromkeys(("disagrees", "quadrant"), TEXT),
    **dict.fromkeys(("quadrant_is_clear", "kano_of_all"), YES_NO),
}


def expectations_lack(tables: Tables) -> str | None:
    """What the tables lack for expectations ("needs answers.aspect"), or None if nothing."""
    return tables.lacks({"answers": ("item", "aspect", "score", "scale_min", "scale_max")})


def expectations(
    tables: Tables, assignments: ir.Table, *, params: Params, as_of: date, confidence: float = 0.95
) -> pd.DataFrame:
    """Importance, performance and expectation of every attribute, by segment.

    Attributes are items with an importance, expectation or minimum. What is stated rests on each
    respondent's last answer per attribute and aspect (see `stated`); what is derived on each
    respondent's last response, if complete (see `responses`). Unweighted.

    Returns:
        One row per segment (`all` first, which counts those in no segment too) and attribute:

        - `stated` (mean importance), `performance` (mean score), `expectation`, `minimum`,
          `expectation_gap` (score − expectation within the respondent; negative is a shortfall),
          `adequacy` (score − minimum), `superiority` (score − expectation where the minimum was
          given too): points of their scales, each with `_low`, `_high` (t interval) and `_n`
          (respondents);
        - `derived_rwa`, `derived_lmg`: part of R² of satisfaction on all attributes, each with
          `_low`, `_high` (percentiles of resamples); `r_squared`, `correlation` (with
          satisfaction), `vif`, `condition_number`; `derived_n`, `n_incomplete` (respondents whose
          last response lacks a score);
        - `penalty`, `reward` (points of satisfaction, see `penalty_reward`) with `_low`, `_high`;
          `kind`, `reference`, `penalty_reward_n`;
        - `kano`, `kano_better`, `kano_worse`, `kano_n` (in `all` only, see `kano_classes`), and in
          every segment `kano_of_all`, whether they are known there;
        - `zone` (see `zone`); `performance_share` with `_low`, `_high`, `quadrant`, `p_quadrant`,
          `quadrant_is_clear` (see `quadrants`);
          `rank_derived`, `rank_stated`, `p_disagrees`, `disagrees` (see `disagreements`);
        - `n` (respondents of any aspect), `rank` (1 is the worst shortfall), `p_best` (empty here:
          it takes the model of retention), `reason` (why a number is absent).
    """
    means, scales = stated(tables, assignments, params=params, as_of=as_of, confidence=confidence)
    if means.empty:
        return no_expectations()
    attributes = [str(name) for name in means["attribute"].unique()]
    min_cell = params.privacy.min_cell
    said = responses(tables, assignments, attributes=attributes, params=params, as_of=as_of)
    modelled = [
        _modelled(said, str(segment), min_cell=min_cell, confidence=confidence)
        for segment in means["segment"].unique()
    ]
    table = means.merge(pd.concat(modelled), on=["segment", "attribute"], how="left")
    kano = kano_classes(
        tables, params=params, as_of=as_of, min_cell=min_cell, confidence=confidence
    )
    table = table.merge(kano.assign(segment="all"), on=["segment", "attribute"], how="left")
    return _shown(table, scales, min_cell=min_cell)


def no_expectations() -> pd.DataFrame:
    """The table of `expectations` without a row."""
    return none_of(COLUMNS)


def _modelled(said: Responses, segment: str, *, min_cell: int, confidence: float) -> pd.DataFrame:
    """Everything that takes a model of satisfaction on attributes; one row per attribute scored."""
    n = int(said.of(segment)["n"].sum())
    table = pd.DataFrame({"attribute": list(said.attributes)}).assign(derived_n=n, refusal="")
    reasons = []
    try:
        found = derived(said, segment=segment, min_cell=min_cell)
    except NotEstimable as refusal:
        reasons.append(_("importance not derived: {reason}").format(reason=refusal))
    else:
        table = _with_derived(table, found, said, segment, min_cell, confidence)
    try:
        contrasts = penalty_reward(said, segment=segment, min_cell=min_cell, confidence=confidence)
    except NotEstimable as refusal:
        # Once is enough where both want for the same.
        if not any(str(refusal) in reason for reason in reasons):
            reasons.append(_("penalty and reward not estimated: {reason}").format(reason=refusal))
    else:
        table = table.merge(contrasts, on="attribute", how="left")
    n_incomplete = said.n_incomplete.get(segment, 0)
    return table.assign(
        segment=segment,
        refusal="; ".join(reasons),
        n_incomplete=pd.NA if 0 < n_incomplete < min_cell else n_incomplete,
    )


def _with_derived(
    table: pd.DataFrame,
    found: Derived,
    said: Responses,
    segment: str,
    min_cell: int,
    confidence: float,
) -> pd.DataFrame:
    for more in (
        found.table(confidence=confidence),
        quadrants(found, confidence=confidence),
        disagreements(found, said, segment=segment, min_cell=min_cell, confidence=confidence),
    ):
        table = table.merge(more, on="attribute", how="left")
    return table


def _shown(table: pd.DataFrame, scales: Scales, *, min_cell: int) -> pd.DataFrame:
    """Without what rests on too few, and with the reason for what is absent."""
    table = table.reset_index(drop=True)
    refusals = table["refusal"].fillna("")
    table = as_declared(table.drop(columns="refusal"), COLUMNS)
    table["zone"] = zone(table)
    hidden_somewhere = np.zeros(len(table), bool)
    for n_column, rest in RESTS_ON.items():
        is_hidden = _is_hidden(table, n_column, min_cell=min_cell)
        table.loc[is_hidden, [*rest, n_column]] = None
        if n_column in ("adequacy_n", "superiority_n"):
            table.loc[is_hidden, "zone"] = None
        hidden_somewhere |= is_hidden
    classed = table.loc[(table["segment"] == "all") & table["kano"].notna(), "attribute"]
    table["kano_of_all"] = table["attribute"].isin(classed)
    table["rank"] = table.groupby("segment")["expectation_gap"].rank(method="min").astype("Int64")
    too_few = np.where(hidden_somewhere, withheld_reason(min_cell), "")
    table["reason"] = [
        "; ".join(filter(None, [unasked(attribute, scales), *more]))
        for attribute, *more in zip(table["attribute"], refusals, too_few, strict=True)
    ]
    return as_declared(table, COLUMNS)


def _is_hidden(table: pd.DataFrame, n_column: str, *, min_cell: int) -> np.ndarray:
    wide = table.pivot(index="segment", columns="attribute", values=n_column)
    wide = wide.reindex(index=table["segment"].unique()).fillna(0).astype(int)
    if n_column == "kano_n":
        # Asked of people in no segment, so that nothing adds up to `all`.
        wide = wide.loc[["all"]]
    # Attributes are answered by the same people: only segments add up.
    hidden = withheld(wide, min_cell=min_cell, rows_add_up=False)
    hidden = hidden.reindex(index=table["segment"].unique(), fill_value=False)
    places = zip(table["segment"], table["attribute"], strict=True)
    return np.array([bool(hidden.at[place]) for place in places])
