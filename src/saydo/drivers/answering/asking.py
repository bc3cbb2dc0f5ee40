"""Does asking itself change who stays? Those asked against those not asked.

A survey may please, remind or annoy (Dholakia & Morwitz, 2002, J. Consumer Res. 29). Takes
exposures and the invitations; returns patterns of everyone present by whether they were asked
before the landmark, and the difference in staying: as it is, weighted by the chance to be asked
(IPW), and weighted and modelled (AIPW, right if either the chances or the means are).

Asked means that an invitation arrived before the landmark, not longer before it than answers count.
Not asked means that none was sent in that time. Whoever is asked only later counts as not asked: to
leave them out would choose by the future, for only who stays is asked later. So does whoever was
asked longer ago: what lasts longer than that is watered down. Left out is whose invitation failed.

An association unless invitations were random, which data can't tell. And covariates are known at
the landmark, some of it after the asking: what asking did to orders before it is adjusted away.

How the differences are made is told in `treatment`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy.stats import norm

from saydo.drivers.answering.treatment import aipw, compared, difference, ipw
from saydo.drivers.exposures import Exposures
from saydo.drivers.model_table import ESTIMATES, KEYS, model_table
from saydo.drivers.patterns import outcomes
from saydo.drivers.verdicts import ASSOCIATION, NO_RELATION, NOT_MEASURED, REFUSED
from saydo.errors import NotEstimable
from saydo.languages import gettext as _
from saydo.suppression import withheld_reason
from saydo.tables.days import midnight
from saydo.tables.declared import COUNT, NUMBER, TEXT

METHODS = ("difference", "ipw", "aipw")
COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(KEYS, TEXT),
    **dict.fromkeys(ESTIMATES, NUMBER),
    **dict.fromkeys(("n", "n_left", "n_asked"), COUNT),
    **dict.fromkeys(("verdict", "reason"), TEXT),
}


def asked_patterns(
    exposures: Exposures, invitations: ir.Table, *, max_age_days: int
) -> pd.DataFrame:
    """Distinct patterns of everyone present, by whether they were asked; one query.

    Args:
        exposures: For `present` and the landmark.
        invitations: `customer_id`, `sent_at`, and `delivered` if known: null counts as arrived.
        max_age_days: How long before the landmark asking counts, as with answers.

    Returns:
        `segment` (`all` first), `asked`, a column per covariate, `n_stayed`, `n_left` (customers).

    Raises:
        NotEstimable: There is no landmark, because leaving has no date.
    """
    landmark = exposures.watch.landmark
    if landmark is None:
        raise NotEstimable(_("leaving has no date, so that asking may have come after it"))
    oldest = landmark - timedelta(days=max_age_days)
    at = invitations.sent_at
    sent = invitations.filter(at >= midnight(oldest), at < midnight(landmark))
    arrived = sent.delivered.fill_null(True) if "delivered" in sent.columns else ibis.literal(True)
    sent = sent.mutate(arrived=arrived)
    by_customer = sent.group_by("customer_id").agg(reached=sent.arrived.any())
    joined = exposures.present.left_join(by_customer, "customer_id").drop("customer_id_right")
    # Who was sent something that did not reach them is in neither group.
    compared = joined.filter(joined.reached.isnull() | joined.reached)
    compared = compared.mutate(asked=compared.reached.notnull())
    return outcomes(compared, ["asked", *exposures.watch.covariates]).astype({"asked": "bool"})


def asking(
    patterns: pd.DataFrame, *, segment: str, min_cell: int = 11, confidence: float = 0.95
) -> pd.DataFrame:
    """What goes with being asked, in percentage points of staying.

    Args:
        patterns: Of one segment, as `asked_patterns` returns them.
        segment: Its name.
        min_cell: Fewest customers about whom anything is shown.
        confidence: Coverage of the intervals (Wald, sandwich errors with chances estimated).

    Returns:
        The columns of `retention_models` without `is_headline`, and `n_asked`; `model` is one of
        `METHODS`, `term` is `asked`. Refused: one row without estimates, with the reason.
    """
    total = patterns["n_stayed"] + patterns["n_left"]
    n, n_asked = int(total.sum()), int(total[patterns["asked"]].sum())
    about: dict[str, Any] = {"segment": segment, "model": "aipw", "term": "asked"}
    is_small = any(0 < group < min_cell for group in (n_asked, n - n_asked))
    if is_small:
        return _table([about | {"verdict": REFUSED, "reason": withheld_reason(min_cell)}])
    about |= {"n": n, "n_left": int(patterns["n_left"].sum()), "n_asked": n_asked}
    try:
        cells = compared(patterns)
    except NotEstimable as refusal:
        return _table([about | {"verdict": REFUSED, "reason": f"{refusal}"}])
    reach = norm.ppf(0.5 + confidence / 2)
    rows = []
    for model, effect in zip(METHODS, (difference(cells), ipw(cells), aipw(cells)), strict=True):
        value, error = 100 * effect.value, 100 * effect.std_error
        low, high = value - reach * error, value + reach * error
        numbers = {
            "model": model,
            "estimate": value,
            "std_error": error,
            "ci_low": low,
            "ci_high": high,
            "p_value": 2 * norm.sf(abs(value) / error) if error else np.nan,
            "verdict": NO_RELATION if low <= 0 <= high else ASSOCIATION,
            "reason": _("The effect of asking only if it was random who was asked."),
        }
        rows.append(about | numbers)
    return _table(rows)


def not_asked(segments: Sequence[str], reason: str) -> pd.DataFrame:
    """The table where nothing can be compared: one row per segment, with the reason."""
    about = {"model": "aipw", "term": "asked", "verdict": NOT_MEASURED, "reason": reason}
    return _table([about | {"segment": segment} for segment in segments])


def _table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    return model_table(rows, COLUMNS)
