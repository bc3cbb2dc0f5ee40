"""Is what they got between what would just do and what they wish? The zone of tolerance.

Takes means within respondents of score less minimum (adequacy) and of score less expectation
(superiority), with their intervals; returns where an attribute stands. Only where the minimum was
asked.

Zeithaml, Berry & Parasuraman (1993), The nature and determinants of customer expectations of
service, Journal of the Academy of Marketing Science 21(1); Parasuraman, Zeithaml & Berry (1994),
Journal of Retailing 70(3).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from saydo.languages import noop as _

ZONES: Mapping[str, str] = {
    "below": _("Below what would do"),
    "within": _("Within the zone of tolerance"),
    "above": _("Above what they wish"),
    "unclear": _("Unclear"),
}
"""Where an attribute stands, and its label. Translated when shown."""


def zone(means: pd.DataFrame) -> pd.Series:
    """Where each attribute stands, as far as both intervals tell.

    Args:
        means: `adequacy_low`, `adequacy_high`, `superiority_low`, `superiority_high`.

    Returns:
        Keys of `ZONES`: `below` if adequacy is below 0, `above` if superiority is above 0, `within`
        if adequacy is above and superiority below 0, `unclear` where an interval covers 0 that
        would decide; null where it was not asked.
    """
    below, above = means["adequacy_high"] < 0, means["superiority_low"] > 0
    within = (means["adequacy_low"] > 0) & (means["superiority_high"] < 0)
    known = means[["adequacy_low", "superiority_low"]].notna().all(axis=1)
    # Both at once: the minimum is above the wish, and the answers make no sense.
    places = np.select(
        [below & above, below, above, within], ["unclear", "below", "above", "within"], "unclear"
    )
    return pd.Series(places, index=means.index, dtype=object).where(known, None)
