"""What is there where it can't be told whether anyone stays? The same tables, with the reason.

Takes what the data lack; returns every table that needs an outcome, with a row for each segment and
all the columns that it would have.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from saydo.drivers.absent import with_absent
from saydo.drivers.assess import Assessment
from saydo.drivers.contradictions import COLUMNS as CONTRADICTIONS
from saydo.drivers.diagnosed import every_segment
from saydo.drivers.dose_response import COLUMNS as DOSE_RESPONSE
from saydo.drivers.evidence import evidence, verdict
from saydo.drivers.forms import COLUMNS as FORMS
from saydo.drivers.gate import Check
from saydo.drivers.ledger import COLUMNS as LEDGER
from saydo.drivers.models import Model
from saydo.drivers.other_designs import no_other_designs
from saydo.drivers.predictions import predictions
from saydo.drivers.retention_models import retention_models
from saydo.drivers.verdicts import NOT_MEASURED
from saydo.drivers.watched import COLUMNS as EXPOSURES
from saydo.languages import gettext as _
from saydo.params import Params
from saydo.tables.declared import none_of


def unmeasured(segments: Sequence[str], params: Params, lack: str) -> dict[str, pd.DataFrame]:
    """Every table of `analyse` about staying, without a number.

    Args:
        segments: In the order of the rows.
        params: `satisfaction.adjust_for`: which models there would be.
        lack: What the data lack.
    """
    reason = _("Not measured ({lack}).").format(lack=lack)
    names = params.satisfaction.adjust_for
    check = Check("data", "refuse", reason)
    kinds = ((), names) if names else ((),)
    models = tuple(Model("linear", kind, NOT_MEASURED, reason, 0, 0) for kind in kinds)
    stored = [Assessment(name, NOT_MEASURED, reason, None, models, (check,)) for name in segments]
    reasons = dict.fromkeys(segments, reason)
    others = no_other_designs(reasons)
    return {
        "exposures": with_absent(none_of(EXPOSURES), reasons, column="note"),
        "dose_response": with_absent(none_of(DOSE_RESPONSE), reasons),
        "ledger": with_absent(none_of(LEDGER), reasons),
        "contradictions": with_absent(none_of(CONTRADICTIONS), reasons),
        "evidence": pd.concat(map(evidence, stored), ignore_index=True),
        "verdicts": pd.concat(map(verdict, stored), ignore_index=True),
        "retention_models": pd.concat(map(retention_models, stored), ignore_index=True),
        "predictions": pd.concat(map(predictions, stored), ignore_index=True),
        "forms": with_absent(none_of(FORMS), reasons),
        **every_segment((), reasons, others["responders"]),
        **others,
    }
