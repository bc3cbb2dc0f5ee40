"""Is it good, and worth its price? What people say of what they get."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean
from saydo.kpis.survey_items import (
    ASKED,
    NO_ANSWERS,
    SCALE,
    UNFIT_FOR_TOP_TWO,
    in_upper_half,
    of_relationship,
    score,
    weight,
)
from saydo.kpis.survey_measures import AnswerShare, BoxShare, ScoreRatio
from saydo.languages import noop as _

VALUE_FOR_MONEY = Kpi(
    name="value_for_money",
    label=_("Value for money"),
    definition=_("Mean answer, in points of its scale, to 'it is worth what it costs'"),
    formula="Σ score / answers",
    theme="service",
    side="say",
    unit="scale points",
    better="higher",
    needs=ASKED,
    mart="answers",
    measure=Mean(of=score, among=of_relationship("value"), weight=weight, scale=SCALE),
    nothing=NO_ANSWERS,
    source="ECSI Technical Committee (1998), perceived value",
    pitfall=_(
        "Price and quality in one answer: a fall does not tell which of the two moved. Read it "
        "beside perceived quality and price acceptance."
    ),
)

PERCEIVED_QUALITY = Kpi(
    name="perceived_quality",
    label=_("Perceived quality"),
    definition=_(
        "Mean answer, in points of their scale, to the items in `definitions.quality_items`"
    ),
    formula="Σ score / answers, over respondents and quality items",
    theme="service",
    side="say",
    unit="scale points",
    better="higher",
    needs=ASKED,
    settings=("definitions.quality_items",),
    mart="respondents",
    measure=ScoreRatio(
        of=lambda people: people.quality,
        per=lambda people: people.quality_weight,
        among=lambda people: people.n_quality > 0,
        scale_of="quality",
    ),
    nothing=NO_ANSWERS,
    source="ECSI Technical Committee (1998), perceived quality",
    pitfall=_(
        "Each answer counts alike, so that an item that more people answer weighs more. Items that "
        "hardly go together are not one quality: look at Cronbach's alpha before naming several."
    ),
)

PRICE_ACCEPTANCE = Kpi(
    name="price_acceptance",
    label=_("Price acceptance"),
    definition=_(
        "Share of answers at the middle of the scale (fair) or above, to 'how fair is the price?'"
    ),
    formula="100 · answers at the middle or above / answers",
    theme="service",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=ASKED,
    mart="answers",
    measure=BoxShare(of=in_upper_half, among=of_relationship("price_fair"), weight=weight),
    nothing=NO_ANSWERS,
    source="Xia, Monroe & Cox (2004), Journal of Marketing 68(4)",
    pitfall=_(
        "Who is asked about prices says they are too high: follow it over time rather than read "
        "its level. The middle of the scale counts as accepted, whether it says fair or neither."
    ),
)

OBJECTIVE_VOICE_AGREEMENT = Kpi(
    name="objective_voice_agreement",
    label=_("Agreement with the objectives' voice"),
    definition=_(
        "Share of answers on the two highest points of their scale (agree and strongly agree) to "
        "the items that objectives name, each among those whom its objective is for"
    ),
    formula="100 · answers on the top two points / answers",
    theme="service",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=ASKED,
    settings=("objectives",),
    mart="respondents",
    measure=AnswerShare(
        hits=lambda people: people.agreed,
        answers=lambda people: people.asked,
        count=lambda people: people.n_asked,
    ),
    otherwise=((lambda people: people.n_unfit > 0, UNFIT_FOR_TOP_TWO),),
    nothing=_("no answers to an item that an objective names (“item” in “objectives”)"),
    source="Kaplan & Norton (1996), The Balanced Scorecard; QuestionPro",
    pitfall=_(
        "People tend to agree with what they are asked: ask a reversed item as well. With several "
        "objectives it is the share over all of their answers."
    ),
)

VALUE_PROPOSITION = (
    VALUE_FOR_MONEY,
    PERCEIVED_QUALITY,
    PRICE_ACCEPTANCE,
    OBJECTIVE_VOICE_AGREEMENT,
)
"""KPIs of this file; their theme is service."""
