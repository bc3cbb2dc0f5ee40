"""Is it what people expect, will do with, and would miss? Gaps and Kano's coefficients."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.survey_measures import AnswerShare, ScoreRatio
from saydo.languages import noop as _

_PAIRED = {"answers": ("item", "aspect", "score", "scale_min", "scale_max")}
_PLACED = {"kano": ("respondent_id", "feature", "functional", "dysfunctional")}
_UNCLEAR = _("all answers are questionable or reverse")

GAP_SCORE = Kpi(
    name="gap_score",
    label=_("Expectation gap"),
    definition=_(
        "Mean of score less expectation, over all pairs that a respondent gave on one attribute, "
        "in points of the scale"
    ),
    formula="Σ (score − expectation) / pairs",
    theme="service",
    side="say",
    unit="scale points",
    better="higher",
    needs=_PAIRED,
    mart="expectations",
    measure=ScoreRatio(
        of=lambda people: people.gap,
        per=lambda people: people.gap_weight,
        among=lambda people: people.n_gap > 0,
        scale_of="pairs",
    ),
    nothing=_("nobody gave both a score and an expectation"),
    source="Parasuraman, Zeithaml & Berry (1988), Journal of Retailing 64(1)",
    pitfall=_(
        "Differences of two answers vary less and are less reliable than either (Brown, Churchill "
        "& Peter 1993), and who first states expectations rates lower (Ofir & Simonson 2007). "
        "Without an id of the respondent there are no pairs."
    ),
)

SERVICE_ADEQUACY = Kpi(
    name="service_adequacy",
    label=_("Adequacy gap"),
    definition=_(
        "Mean of score less the minimum that would do, over all pairs that a respondent gave on "
        "one attribute, in points of the scale"
    ),
    formula="Σ (score − minimum) / pairs",
    theme="service",
    side="say",
    unit="scale points",
    better="higher",
    needs=_PAIRED,
    mart="expectations",
    measure=ScoreRatio(
        of=lambda people: people.adequacy,
        per=lambda people: people.adequacy_weight,
        among=lambda people: people.n_adequacy > 0,
        scale_of="pairs",
    ),
    nothing=_("nobody gave both a score and a minimum"),
    source="Zeithaml, Berry & Parasuraman (1993), JAMS 21(1); LibQUAL+",
    pitfall=_(
        "Below zero the service does not do. A mean above zero can hide attributes that fail: look "
        "at each. What people put up with rises with what they get elsewhere."
    ),
)

SERVICE_SUPERIORITY = Kpi(
    name="service_superiority",
    label=_("Superiority gap"),
    definition=_(
        "Mean of score less the level wished for (`expectation`), over the attributes for which a "
        "respondent gave score, expectation and minimum, in points of the scale"
    ),
    formula="Σ (score − expectation) / answers in three columns",
    theme="service",
    side="say",
    unit="scale points",
    better="higher",
    needs=_PAIRED,
    mart="expectations",
    measure=ScoreRatio(
        of=lambda people: people.superiority,
        per=lambda people: people.superiority_weight,
        among=lambda people: people.n_superiority > 0,
        scale_of="pairs",
    ),
    nothing=_("nobody gave a score, an expectation and a minimum"),
    source="Zeithaml, Berry & Parasuraman (1993), JAMS 21(1); LibQUAL+",
    pitfall=_(
        "Below zero is usual, for wishes are high: adequacy less superiority is the zone of "
        "tolerance. It differs from the expectation gap in that the minimum was asked as well; an "
        "expectation that means a forecast and not a wish makes it too kind."
    ),
)

KANO_BETTER = Kpi(
    name="kano_better",
    label=_("Kano, satisfaction coefficient"),
    definition=_(
        "Part of clear answers that call a feature attractive or one-dimensional: how far features "
        "please if they are there"
    ),
    formula="(A + O) / (A + O + M + I)",
    theme="service",
    side="say",
    unit="ratio",
    better="context",
    range=(0, 1),
    needs=_PLACED,
    mart="kano",
    by_segment=False,
    measure=AnswerShare(
        hits=lambda people: people.n_delighting,
        answers=lambda people: people.n_clear,
        count=lambda people: people.n_clear,
        times=1,
    ),
    otherwise=((lambda people: people.n_answers > 0, _UNCLEAR),),
    nothing=_("nobody answered Kano's questions in this period"),
    source="Berger et al. (1993), Center for Quality of Management Journal 2(4)",
    pitfall=_(
        "Questionable and reverse answers leave the denominator. Over all features asked about: it "
        "moves with the choice of features, so read each by itself before deciding."
    ),
)

KANO_WORSE = Kpi(
    name="kano_worse",
    label=_("Kano, dissatisfaction coefficient"),
    definition=_(
        "Part of clear answers that call a feature one-dimensional or must-be, with a minus: how "
        "far features displease if they are not there"
    ),
    formula="−(O + M) / (A + O + M + I)",
    theme="service",
    side="say",
    unit="ratio",
    better="context",
    range=(-1, 0),
    needs=_PLACED,
    mart="kano",
    by_segment=False,
    measure=AnswerShare(
        hits=lambda people: people.n_missed,
        answers=lambda people: people.n_clear,
        count=lambda people: people.n_clear,
        times=-1,
    ),
    otherwise=((lambda people: people.n_answers > 0, _UNCLEAR),),
    nothing=_("nobody answered Kano's questions in this period"),
    source="Berger et al. (1993), Center for Quality of Management Journal 2(4)",
    pitfall=_(
        "The minus is part of it: −1 means that everybody would miss the features, 0 that nobody "
        "would. Questionable and reverse answers leave the denominator."
    ),
)

EXPECTATION_GAPS = (GAP_SCORE, SERVICE_ADEQUACY, SERVICE_SUPERIORITY, KANO_BETTER, KANO_WORSE)
"""KPIs of this file; their theme is service."""
