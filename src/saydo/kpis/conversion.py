"""Do prospects become customers? KPIs of leads, trials and the way to an order."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.kpis.pooled import PooledShare
from saydo.languages import noop as _

LEAD_CONVERSION = Kpi(
    name="lead_conversion",
    label=_("Lead conversion rate"),
    definition=_("Share of the leads that came in during the period who have become {customers}"),
    formula="100 · leads converted / leads",
    theme="acquisition",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"leads": ("created_at", "converted_at")},
    mart="leads",
    by_segment=False,
    measure=Share(
        of=lambda leads: leads.converted_at.notnull(),
        among=lambda leads: leads.lead_id.notnull(),
    ),
    nothing=_("no leads in this period"),
    source=_("Industry use"),
    pitfall=_(
        "Each lead counts in the period in which it came in, so that the latest periods still rise "
        "as their leads are won. {Customers} won in a period over leads of that period mix cohorts."
    ),
)

TRIAL_CONVERSION = Kpi(
    name="trial_conversion",
    label=_("Trial conversion"),
    definition=_(
        "Share of the trials that ended, by the day after their last, in the period that turned "
        "into a paid term by that day"
    ),
    formula="100 · trials turned paid / trials ended",
    theme="acquisition",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"subscriptions": ("ends_on", "is_trial")},
    mart="contracts",
    measure=PooledShare(
        hits=lambda customers: customers.n_converted,
        trials=lambda customers: customers.n_trials,
    ),
    nothing=_("no trials ended in this period"),
    source=_("Software-as-a-service use"),
    pitfall=_(
        "Of trials ended, not of trials begun, which are still running. A trial ends on the day "
        "after its last day, the first on which to have paid. Who pays only later, or had paid "
        "before the trial, has not converted."
    ),
)

JOURNEY_CONVERSION = Kpi(
    name="journey_conversion",
    label=_("Conversion along the journey"),
    definition=_(
        "Share of the persons at the first stage of the journey in the period who were, later in "
        "the same period, at its last stage"
    ),
    formula="100 · first stage, then last stage / first stage, in persons",
    theme="acquisition",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"events": ("customer_id", "event", "at")},
    settings=("definitions.journey",),
    mart="journeys",
    measure=Share(of=lambda people: people.has_arrived),
    nothing=_("nobody was at the first stage in this period"),
    source="QuestionPro on the consumer decision journey",
    pitfall=_(
        "Journeys are not linear: stages in between may be skipped or come in any order, only the "
        "last must follow the first. Who sets out late in the period has little time to arrive. "
        "The stages are `definitions.journey`."
    ),
)

CONVERSION = (LEAD_CONVERSION, TRIAL_CONVERSION, JOURNEY_CONVERSION)
"""KPIs of this file."""
