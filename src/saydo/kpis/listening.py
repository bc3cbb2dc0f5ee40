"""Do people trust us, and do we listen to them? KPIs of the bond and of what we do with words."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean
from saydo.kpis.pooled import PooledShare
from saydo.kpis.survey_items import ASKED, NO_ANSWERS, SCALE, of_relationship, score, weight
from saydo.languages import noop as _

TRUST_SCORE = Kpi(
    name="trust_score",
    label=_("Trust"),
    definition=_("Mean answer, in points of its scale, to 'I can rely on them'"),
    formula="Σ score / answers",
    theme="relationship",
    side="say",
    unit="scale points",
    better="higher",
    needs=ASKED,
    mart="answers",
    measure=Mean(of=score, among=of_relationship("trust"), weight=weight, scale=SCALE),
    nothing=NO_ANSWERS,
    source="Morgan & Hunt (1994), Journal of Marketing 58(3); ECSI, image",
    pitfall=_(
        "Trust is lost at once and won slowly: a steady mean can hide a group that has lost it. "
        "Surveys marked as transactional are left out."
    ),
)

COMMITMENT_SCORE = Kpi(
    name="commitment_score",
    label=_("Affective commitment"),
    definition=_("Mean answer, in points of its scale, to 'I would be sorry to lose them'"),
    formula="Σ score / answers",
    theme="relationship",
    side="say",
    unit="scale points",
    better="higher",
    needs=ASKED,
    mart="answers",
    measure=Mean(of=score, among=of_relationship("commitment"), weight=weight, scale=SCALE),
    nothing=NO_ANSWERS,
    source="Gustafsson, Johnson & Roos (2005), Journal of Marketing 69(4)",
    pitfall=_(
        "Staying because leaving costs too much is commitment of another kind: ask about liking, "
        "not about having no choice. It goes together with satisfaction so closely that the two "
        "are easily taken for one."
    ),
)

COMPLAINT_RESOLUTION_SAT = Kpi(
    name="complaint_resolution_sat",
    label=_("Satisfaction with complaint handling"),
    definition=_(
        "Mean answer, in points of its scale, on how a complaint was handled, by those who had "
        "complained within `satisfaction.max_age_days` before"
    ),
    formula="Σ score / answers by complainers",
    theme="relationship",
    side="say",
    unit="scale points",
    better="higher",
    needs={
        "answers": ("customer_id", *ASKED["answers"], "answered_at"),
        "tickets": ("customer_id", "opened_at", "is_complaint"),
    },
    mart="complaint_answers",
    measure=Mean(of=score, weight=weight, scale=SCALE),
    nothing=_("nobody who had complained answered in this period"),
    source="ECSI Technical Committee (1998), complaint handling",
    pitfall=_(
        "Answers by people without a complaint say how they suppose it would be, and are left out. "
        "Those who left after complaining are not asked any more."
    ),
)

CLOSE_LOOP_RATE = Kpi(
    name="close_loop_rate",
    label=_("Closed-loop rate"),
    definition=_(
        "Share of answers of 0 to 6 to 'would you recommend us?', in any survey, after which we "
        "called on the {customer} within `definitions.follow_up_days`, among those for which that "
        "time ended in the period"
    ),
    formula="100 · low answers followed up in time / low answers",
    theme="relationship",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={
        "answers": ("customer_id", *ASKED["answers"], "answered_at"),
        "tickets": ("customer_id", "opened_at", "topic"),
    },
    settings=("definitions.follow_up_topic",),
    mart="detractors",
    measure=PooledShare(
        hits=lambda people: people.n_followed,
        trials=lambda people: people.n_low,
    ),
    nothing=_("nobody's wait after a low answer ended in this period"),
    source="Markey, Reichheld & Dullweber (2009), Harvard Business Review 87(12)",
    pitfall=_(
        "Being called on is not being helped, and it changes what people do next: keep a group "
        "uncalled to learn how. Anonymous answers can't be followed up and are left out."
    ),
)

VERBATIM_RATE = Kpi(
    name="verbatim_rate",
    label=_("Comment rate"),
    definition=_(
        "Share of survey responses, the answers of one {customer} on one day, with a written "
        "comment on the same day"
    ),
    formula="100 · responses with a comment / responses",
    theme="relationship",
    side="say",
    unit="%",
    better="context",
    range=(0, 100),
    needs={
        "answers": ("customer_id", "answered_at"),
        "comments": ("customer_id", "text", "written_at"),
    },
    mart="responses",
    measure=PooledShare(
        hits=lambda people: people.n_written,
        trials=lambda people: people.n_responses,
    ),
    nothing=NO_ANSWERS,
    source="e-satisfaction, text analysis",
    pitfall=_(
        "The very pleased and the very displeased write more, so that comments are not the voice "
        "of all. Reviews and mentions elsewhere are no part of it, nor are anonymous answers."
    ),
)

LISTENING = (
    TRUST_SCORE,
    COMMITMENT_SCORE,
    COMPLAINT_RESOLUTION_SAT,
    CLOSE_LOOP_RATE,
    VERBATIM_RATE,
)
"""KPIs of this file; their theme is relationship."""
