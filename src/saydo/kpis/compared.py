"""How satisfied, against what people expected, what they wish for, and our rivals?"""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean
from saydo.kpis.survey_items import ASKED, NO_ANSWERS, in_upper_half, of_relationship, weight
from saydo.kpis.survey_measures import BoxShare
from saydo.languages import noop as _

ACSI = Kpi(
    name="acsi",
    label=_("ACSI-style satisfaction index"),
    definition=_(
        "Mean of three answers of each respondent, each taken from 0 to 100: overall satisfaction, "
        "against expectations, and against the ideal"
    ),
    formula="Σ (x₁ + x₂ + x₃)/3 / respondents; x = 100 · (score − lowest) / (highest − lowest)",
    theme="satisfaction",
    side="say",
    unit="index",
    better="higher",
    range=(0, 100),
    needs=ASKED,
    mart="respondents",
    measure=Mean(
        of=lambda people: people.index,
        among=lambda people: people.index.notnull(),
        weight=lambda people: people.weight,
    ),
    nothing=_("nobody answered on satisfaction, disconfirmation and ideal"),
    source="Fornell et al. (1996), Journal of Marketing 60(4)",
    pitfall=_(
        "The three count alike, which is not the published index: its weights come from a model "
        "and are not public. Who skipped one of the three is left out."
    ),
)

EXPECTATION_FULFILMENT = Kpi(
    name="expectation_fulfilment",
    label=_("Expectations met or exceeded"),
    definition=_(
        "Share of answers at the middle of the scale (as expected) or above, to 'compared with "
        "what you expected'"
    ),
    formula="100 · answers at the middle or above / answers",
    theme="satisfaction",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=ASKED,
    mart="answers",
    measure=BoxShare(of=in_upper_half, among=of_relationship("disconfirmation"), weight=weight),
    nothing=NO_ANSWERS,
    source="Oliver (1980), Journal of Marketing Research 17(4); Anderson & Sullivan (1993)",
    pitfall=_(
        "Low expectations are easily met: read it beside satisfaction. A scale with an even number "
        "of points has no middle, so that of 1–10 the 6 is the first that counts."
    ),
)

RELATIVE_SATISFACTION = Kpi(
    name="relative_satisfaction",
    label=_("Relative satisfaction rank"),
    definition=_(
        "Mean rank of our brand among the brands that a respondent uses, of those who ranked ours "
        "and another; 1 is best"
    ),
    formula="Σ rank / respondents",
    theme="satisfaction",
    side="say",
    unit="rank",
    better="lower",
    range=(1, float("inf")),
    needs={"wallet": ("respondent_id", "brand", "is_own", "rank")},
    mart="brand_ranks",
    by_segment=False,
    measure=Mean(of=lambda people: people["rank"]),
    nothing=_("nobody ranked our brand and another"),
    source="Keiningham et al. (2015), The Wallet Allocation Rule",
    pitfall=_(
        "Tied brands share the mean of their places, however the survey wrote them. Who uses no "
        "other brand can't rank us and is left out; with more brands in use ranks get larger."
    ),
)

COMPARED = (ACSI, EXPECTATION_FULFILMENT, RELATIVE_SATISFACTION)
"""KPIs of this file."""
