"""Who answers when asked, and do those who don't behave alike?"""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.pooled import PooledShare
from saydo.kpis.survey_measures import RespondentBias
from saydo.languages import noop as _

SURVEY_RESPONSE_RATE = Kpi(
    name="survey_response_rate",
    label=_("Survey response rate"),
    definition=_(
        "Share of delivered invitations answered within `definitions.response_days`, among those "
        "for which that time ended in the period"
    ),
    formula="100 · invitations answered in time / invitations delivered",
    theme="satisfaction",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"invitations": ("customer_id", "sent_at", "delivered", "answered_at")},
    mart="invited",
    measure=PooledShare(
        hits=lambda people: people.n_answered,
        trials=lambda people: people.n_delivered,
    ),
    nothing=_("the time to answer ended for no invitation in this period"),
    source="AAPOR (2023), Standard Definitions",
    pitfall=_(
        "Of those delivered, not of those sent or opened; one of which it is not known counts as "
        "delivered. A high rate does not prove that the silent think alike: see nonresponse bias."
    ),
)

NONRESPONSE_BIAS = Kpi(
    name="nonresponse_bias",
    label=_("Nonresponse bias of retention"),
    definition=_(
        "Share of respondents who stayed over the period less that of all who had been asked "
        "before it, respondents or not"
    ),
    formula="100 · silent / asked · (respondents' retention − retention of the silent)",
    theme="satisfaction",
    side="both",
    unit="pp",
    better="closer to 0",
    range=(-100, 100),
    needs={"invitations": ("customer_id", "sent_at", "answered_at")},
    uses="presence and stay",
    mart="asked_and_stayed",
    measure=RespondentBias(
        of=lambda people: people.stayed,
        responded=lambda people: people.responded,
    ),
    nothing=_("nobody had been asked before this period"),
    source="Groves (2006), Public Opinion Quarterly 70(5)",
    pitfall=_(
        "What the silent think is not known, so it is told by what they do, which is known of all: "
        "above zero the survey hears too many who stay. No bias in deeds does not rule out one in "
        "words."
    ),
)

RESPONDING = (SURVEY_RESPONSE_RATE, NONRESPONSE_BIAS)
"""KPIs of this file."""
