"""What do customers say of us? KPIs of survey answers."""

from __future__ import annotations

import ibis.expr.types as ir

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean, NetShare, Share
from saydo.languages import noop as _

_ASKED = {"answers": ("item", "score", "scale_min", "scale_max")}
_NO_ANSWERS = _("no answers in this period")


def _weight(answers: ir.Table) -> ir.Value:
    return answers.weight


def _recommends(answers: ir.Table) -> ir.Value:
    return (answers.item == "recommend") & ~answers.is_transactional


def _on_0_to_10(answers: ir.Table) -> ir.Value:
    return _recommends(answers) & (answers.scale_min == 0) & (answers.scale_max == 10)


def _eases(answers: ir.Table) -> ir.Value:
    return answers.item == "easy"


def _on_1_to_7(answers: ir.Table) -> ir.Value:
    return _eases(answers) & (answers.scale_min == 1) & (answers.scale_max == 7)


def _satisfies(answers: ir.Table) -> ir.Value:
    return answers.is_satisfaction


def _has_two_top_boxes(answers: ir.Table) -> ir.Value:
    # Of three points two are no top; of a hundred, two are hardly any.
    return answers.is_satisfaction & (answers.scale_max - answers.scale_min).between(3, 10)


NPS = Kpi(
    name="nps",
    label=_("Net Promoter Score"),
    definition=_("Share of answers of 9 or 10 less share of 0 to 6, to 'would you recommend us?'"),
    formula="100 · (promoters − detractors) / answers",
    theme="satisfaction",
    side="say",
    unit="points",
    better="higher",
    range=(-100, 100),
    needs=_ASKED,
    mart="answers",
    measure=NetShare(
        up=lambda answers: answers.score >= 9,
        down=lambda answers: answers.score <= 6,
        among=_on_0_to_10,
        weight=_weight,
    ),
    otherwise=((_recommends, _("answers are not on a 0–10 scale")),),
    nothing=_NO_ANSWERS,
    source="Reichheld (2003), Harvard Business Review 81(12); Keiningham et al. (2007)",
    pitfall=_(
        "Respondents only, and blind to moves within a band. Surveys marked as transactional are "
        "left out; several answers of one person count as several. As a predictor of growth it is "
        "no better than other measures."
    ),
)

CSAT_TOP2 = Kpi(
    name="csat_top2",
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
    needs=_ASKED,
    mart="answers",
    measure=Share(
        of=lambda answers: answers.score >= answers.scale_max - 1,
        among=_has_two_top_boxes,
        weight=_weight,
    ),
    otherwise=((_satisfies, _("top-two-box needs a scale of 4 to 11 points")),),
    nothing=_NO_ANSWERS,
    source=_("Industry use"),
    pitfall=_(
        "The threshold depends on the scale: two of five points are more than two of ten. Of "
        "those who answered, not of those who were asked."
    ),
)

CSAT_MEAN = Kpi(
    name="csat_mean",
    label=_("CSAT, mean"),
    definition=_("Mean satisfaction answer, in points of its scale"),
    formula="Σ score / answers",
    theme="satisfaction",
    side="say",
    unit="scale points",
    better="higher",
    needs=_ASKED,
    mart="answers",
    measure=Mean(
        of=lambda answers: answers.score,
        among=_satisfies,
        weight=_weight,
        scale=(lambda answers: answers.scale_min, lambda answers: answers.scale_max),
    ),
    nothing=_NO_ANSWERS,
    source=_("Industry use"),
    pitfall=_(
        "Takes the points of a scale as equally far apart. Answers pile up at both ends, so read "
        "it beside the share of each answer."
    ),
)

CES2_MEAN = Kpi(
    name="ces2_mean",
    label=_("{Customer} Effort Score 2.0, mean"),
    definition=_("Mean agreement, 1 to 7, that we made it easy"),
    formula="Σ score / answers",
    theme="satisfaction",
    side="say",
    unit="scale points",
    better="higher",
    range=(1, 7),
    needs=_ASKED,
    mart="answers",
    measure=Mean(of=lambda answers: answers.score, among=_on_1_to_7, weight=_weight),
    otherwise=((_eases, _("answers are not on a 1–7 scale")),),
    nothing=_NO_ANSWERS,
    source="Dixon, Toman & DeLisi (2013), The Effortless Experience",
    pitfall=_("The older score ran from 1 to 5 with low as good; the two must not be mixed."),
)

SATISFACTION = (NPS, CSAT_TOP2, CSAT_MEAN, CES2_MEAN)
"""KPIs of this theme."""
