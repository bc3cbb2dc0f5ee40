"""What do customers say of us? KPIs of satisfaction, recommendation and effort."""

from __future__ import annotations

import ibis.expr.types as ir

from saydo.kpis.compared import COMPARED
from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean, NetShare
from saydo.kpis.pooled import PooledShare
from saydo.kpis.responding import RESPONDING
from saydo.kpis.survey_items import (
    ASKED,
    NO_ANSWERS,
    SCALE,
    UNFIT_FOR_TOP_TWO,
    has_two_boxes,
    in_bottom_two,
    in_top_two,
    is_satisfaction,
    of_relationship,
    score,
    weight,
)
from saydo.kpis.survey_measures import BoxShare
from saydo.languages import noop as _

_recommends = of_relationship("recommend")


def _on_0_to_10(answers: ir.Table) -> ir.Value:
    return _recommends(answers) & (answers.scale_min == 0) & (answers.scale_max == 10)


def _eases(answers: ir.Table) -> ir.Value:
    return answers.item == "easy"


def _on_1_to_7(answers: ir.Table) -> ir.Value:
    return _eases(answers) & (answers.scale_min == 1) & (answers.scale_max == 7)


NPS = Kpi(
    name="nps",
    is_core=True,
    label=_("Net Promoter Score"),
    definition=_("Share of answers of 9 or 10 less share of 0 to 6, to 'would you recommend us?'"),
    formula="100 · (promoters − detractors) / answers",
    theme="satisfaction",
    side="say",
    unit="points",
    better="higher",
    range=(-100, 100),
    needs=ASKED,
    mart="answers",
    measure=NetShare(
        up=lambda answers: answers.score >= 9,
        down=lambda answers: answers.score <= 6,
        among=_on_0_to_10,
        weight=weight,
    ),
    otherwise=((_recommends, _("answers are not on a 0–10 scale")),),
    nothing=NO_ANSWERS,
    source="Reichheld (2003), Harvard Business Review 81(12); Keiningham et al. (2007)",
    pitfall=_(
        "Respondents only, and blind to moves within a band. Surveys marked as transactional are "
        "left out; several answers of one person count as several. It has not been shown to "
        "predict growth better than other measures."
    ),
)

CSAT_TOP2 = Kpi(
    name="csat_top2",
    is_core=True,
    label=_("CSAT, top-two-box"),
    definition=_(
        "Share of satisfaction answers on the two highest points of their scale: 4 or 5 of 1–5"
    ),
    formula="100 · answers on the top two points / answers",
    theme="satisfaction",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=ASKED,
    mart="answers",
    measure=BoxShare(of=in_top_two, among=has_two_boxes(is_satisfaction), weight=weight),
    otherwise=((is_satisfaction, UNFIT_FOR_TOP_TWO),),
    nothing=NO_ANSWERS,
    source=_("Industry use"),
    pitfall=_(
        "The threshold depends on the scale: two of five points are more than two of ten, so that "
        "no value is shown where scales differ. Of those who answered, not of those who were asked."
    ),
)

CSAT_MEAN = Kpi(
    name="csat_mean",
    is_core=True,
    label=_("CSAT, mean"),
    definition=_("Mean satisfaction answer, in points of its scale"),
    formula="Σ score / answers",
    theme="satisfaction",
    side="say",
    unit="scale points",
    better="higher",
    needs=ASKED,
    mart="answers",
    measure=Mean(of=score, among=is_satisfaction, weight=weight, scale=SCALE),
    nothing=NO_ANSWERS,
    source=_("Industry use"),
    pitfall=_(
        "Takes the points of a scale as equally far apart. Answers pile up at both ends, so read "
        "it beside the share of each answer."
    ),
)

SATISFACTION_TOP_BOX = Kpi(
    name="satisfaction_top_box",
    label=_("Completely satisfied (top box)"),
    definition=_("Share of satisfaction answers on the highest point of their scale"),
    formula="100 · answers on the top point / answers",
    theme="satisfaction",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs=ASKED,
    mart="answers",
    measure=BoxShare(
        of=lambda answers: answers.score >= answers.scale_max,
        among=is_satisfaction,
        weight=weight,
    ),
    nothing=NO_ANSWERS,
    source="Jones & Sasser (1995), Harvard Business Review 73(6)",
    pitfall=_(
        "How readily people choose the highest point differs between cultures and ways of asking: "
        "compare within one language and one kind of survey."
    ),
)

DISSATISFIED_SHARE = Kpi(
    name="dissatisfied_share",
    label=_("Dissatisfied (bottom-two-box)"),
    definition=_(
        "Share of satisfaction answers on the two lowest points of their scale: 1 or 2 of 1–5"
    ),
    formula="100 · answers on the bottom two points / answers",
    theme="satisfaction",
    side="say",
    unit="%",
    better="lower",
    range=(0, 100),
    needs=ASKED,
    mart="answers",
    measure=BoxShare(of=in_bottom_two, among=has_two_boxes(is_satisfaction), weight=weight),
    otherwise=((is_satisfaction, _("bottom-two-box needs a scale of 4 to 11 points")),),
    nothing=NO_ANSWERS,
    source=_("Industry use"),
    pitfall=_(
        "Few answers lie there, so that chance moves it a lot: read its interval. It is not what "
        "top-two-box leaves, for the middle of the scale is in neither."
    ),
)

CSAT_TICKET = Kpi(
    name="csat_ticket",
    label=_("Support CSAT (good or bad)"),
    definition=_(
        "Share of tickets rated good among those rated good or bad, of tickets opened in the period"
    ),
    formula="100 · good / (good + bad)",
    theme="satisfaction",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"tickets": ("customer_id", "opened_at", "rating")},
    mart="customers",
    measure=PooledShare(
        hits=lambda customers: customers.n_rated_good,
        trials=lambda customers: customers.n_rated,
    ),
    nothing=_("no tickets of this period were rated"),
    source="Zendesk, CSAT",
    pitfall=_(
        "Tickets whose rating was not offered, or offered and not given, drop out. It counts "
        "tickets, not {customers}, and tickets still open are yet to be rated."
    ),
)

CES2_MEAN = Kpi(
    name="ces2_mean",
    is_core=True,
    label=_("{Customer} Effort Score 2.0, mean"),
    definition=_("Mean agreement, 1 to 7, that we made it easy"),
    formula="Σ score / answers",
    theme="satisfaction",
    side="say",
    unit="scale points",
    better="higher",
    range=(1, 7),
    needs=ASKED,
    mart="answers",
    measure=Mean(of=score, among=_on_1_to_7, weight=weight),
    otherwise=((_eases, _("answers are not on a 1–7 scale")),),
    nothing=NO_ANSWERS,
    source="Dixon, Toman & DeLisi (2013), The Effortless Experience",
    pitfall=_("The older score ran from 1 to 5 with low as good; the two must not be mixed."),
)

CES2_NET = Kpi(
    name="ces2_net",
    label=_("{Customer} Effort Score 2.0, net"),
    definition=_(
        "Share of answers of 6 or 7 less share of 1 to 3, of 1 to 7, to 'you made it easy for me'"
    ),
    formula="100 · (answers 6–7 − answers 1–3) / answers",
    theme="satisfaction",
    side="say",
    unit="points",
    better="higher",
    range=(-100, 100),
    needs=ASKED,
    mart="answers",
    measure=NetShare(
        up=lambda answers: answers.score >= 6,
        down=lambda answers: answers.score <= 3,
        among=_on_1_to_7,
        weight=weight,
    ),
    otherwise=((_eases, _("answers are not on a 1–7 scale")),),
    nothing=NO_ANSWERS,
    source="CYS, CES 2.0; Dixon, Toman & DeLisi (2013), The Effortless Experience",
    pitfall=_(
        "Others count 5 as positive too, and both the mean and the net score go by this name: "
        "compare like with like."
    ),
)

SATISFACTION = (
    NPS,
    CSAT_TOP2,
    CSAT_MEAN,
    SATISFACTION_TOP_BOX,
    DISSATISFIED_SHARE,
    CSAT_TICKET,
    CES2_MEAN,
    CES2_NET,
    *COMPARED,
    *RESPONDING,
)
"""KPIs of this theme."""
