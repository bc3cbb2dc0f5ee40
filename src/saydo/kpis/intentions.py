"""Do people say that they will stay? What they intend, beside what they then do."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.survey_items import (
    ASKED,
    NO_ANSWERS,
    UNFIT_FOR_TOP_TWO,
    has_two_boxes,
    in_top_two,
    of_relationship,
    weight,
)
from saydo.kpis.survey_measures import BoxShare
from saydo.languages import noop as _

_repurchase, _switch = of_relationship("repurchase"), of_relationship("switch")

REPORTED_REPURCHASE_INTENT = Kpi(
    name="reported_repurchase_intent",
    label=_("Repurchase intention"),
    definition=_(
        "Share of answers on the two highest points of their scale (definitely and probably) to "
        "'would you buy from us again?'"
    ),
    formula="100 · answers on the top two points / answers",
    theme="retention",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=ASKED,
    mart="answers",
    measure=BoxShare(of=in_top_two, among=has_two_boxes(_repurchase), weight=weight),
    otherwise=((_repurchase, UNFIT_FOR_TOP_TWO),),
    nothing=NO_ANSWERS,
    source="Mittal & Kamakura (2001), Journal of Marketing Research 38(1)",
    pitfall=_(
        "An intention, not a purchase: it depends on satisfaction in another way than buying does, "
        "and being asked changes what people do (Chandon, Morwitz & Reinartz 2005). Read it beside "
        "the retention rate."
    ),
)

REPORTED_SWITCHING_INTENT = Kpi(
    name="reported_switching_intent",
    label=_("Switching intention"),
    definition=_(
        "Share of answers on the two highest points of their scale (likely and very likely) to "
        "'will you move to another provider?'"
    ),
    formula="100 · answers on the top two points / answers",
    theme="retention",
    side="say",
    unit="%",
    better="lower",
    range=(0, 100),
    needs=ASKED,
    mart="answers",
    measure=BoxShare(of=in_top_two, among=has_two_boxes(_switch), weight=weight),
    otherwise=((_switch, UNFIT_FOR_TOP_TWO),),
    nothing=NO_ANSWERS,
    source="ECSI Technical Committee (1998), loyalty",
    pitfall=_(
        "High answers must mean likely to leave: turn the scale round if the question asks how "
        "likely people are to stay. Most who say so stay, and many who leave never said so."
    ),
)

INTENTIONS = (REPORTED_REPURCHASE_INTENT, REPORTED_SWITCHING_INTENT)
"""KPIs of this file; their theme is retention."""
