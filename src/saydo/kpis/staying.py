"""How long do customers stay? KPIs of retention that need to know the day on which someone left."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.kpis.pooled import Rate
from saydo.kpis.projections import ProjectedRetention
from saydo.kpis.survival import MedianSurvival, Survival
from saydo.languages import noop as _

CHURN_CUSTOMER_DAYS = Kpi(
    name="churn_customer_days",
    label=_("Churn per {customer}-day"),
    definition=_(
        "{Customers} lost in the period per day that any {customer} was there in it, times the "
        "days of the period"
    ),
    formula="100 · lost / Σ days present · days of the period",
    theme="retention",
    side="do",
    unit="% per period",
    better="lower",
    range=(0, float("inf")),
    needs={},
    uses="contract",
    mart="customers",
    measure=Rate(
        events=lambda customers: customers.is_lost,
        exposure=lambda customers: customers.watched,
        times=100,
    ),
    nothing=_("nobody was there in this period"),
    source="Recurly (2014), A better way to calculate your churn rate",
    pitfall=_(
        "{Customers} won within the period count from their first day, and so do their losses. It "
        "is a rate, which may exceed 100%, not a share: the chance to leave is 1 − exp(−rate)."
    ),
)

COHORT_RETENTION = Kpi(
    name="cohort_retention",
    label=_("Cohort retention"),
    definition=_(
        "Share of the {customers} won a fixed time before, by default 12 months, in a period of "
        "the same length, who were still there exactly that long after their first day"
    ),
    formula="100 · still there at that age / won in the period that long ago",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={},
    uses="contract",
    mart="cohorts",
    measure=Share(of=lambda cohort: cohort.is_there),
    nothing=_("nobody was won that long before this period"),
    source="Fader & Hardie (2007), J. Interactive Marketing 21, 76–90",
    pitfall=_(
        "Each {customer} was watched for the whole of that time, so that no cell of the cohort "
        "table is cut short. {Customers} who left before the records begin are missing, and make "
        "cohorts older than the records look loyal. The age is `definitions.survival_months`."
    ),
)

SURVIVAL_T = Kpi(
    name="survival_t",
    label=_("Survival"),
    definition=_(
        "Share of {customers} who would still be there at a given age, by default 12 months, if "
        "at every age they left as {customers} of that age did in the twelve months up to the "
        "period's end"
    ),
    formula="100 · Π (1 − dⱼ/nⱼ), over ages up to that one",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={},
    uses="contract",
    mart="tenures",
    measure=Survival(
        age=lambda lives: lives.age,
        step=lambda lives: lives.step,
        months=lambda lives: lives.months,
    ),
    nothing=_("nobody was there in these twelve months"),
    source="Kaplan & Meier (1958), J. Am. Statist. Assoc. 53",
    pitfall=_(
        "{Customers} who were there before the twelve months count from the age they had reached "
        "by then: those who had left earlier could not be seen. No {customer} of unknown first "
        "day counts. A month is 30.44 days."
    ),
)

MEDIAN_TENURE = Kpi(
    name="median_tenure",
    label=_("Median {customer} lifetime"),
    definition=_(
        "Age at which half of the {customers} would have left, if at every age they left as "
        "{customers} of that age did in the twelve months up to the period's end"
    ),
    formula="min t with S(t) ≤ ½, S by Kaplan–Meier",
    theme="retention",
    side="do",
    unit="months",
    better="higher",
    range=(0, float("inf")),
    needs={},
    uses="contract",
    mart="tenures",
    measure=MedianSurvival(age=lambda lives: lives.age, step=lambda lives: lives.step),
    nothing=_("nobody was there in these twelve months"),
    source=(
        "Brookmeyer & Crowley (1982), A confidence interval for the median survival time, "
        "Biometrics 38"
    ),
    pitfall=_(
        "Not shown where more than half stay longer than anyone was watched: there is no such age "
        "yet. The mean age of those who left would be far too low, for long lives are not over."
    ),
)

SBG_RETENTION = Kpi(
    name="sbg_retention",
    label=_("Projected retention"),
    definition=_(
        "Mean chance of the {customers} at the end of the period to be there one period later, by "
        "how many periods each has been there; from the losses of all periods shown"
    ),
    formula="100 · mean of (β + t) / (α + β + t), t whole periods of tenure",
    theme="retention",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={},
    uses="contract",
    mart="lives",
    last_only=True,
    measure=ProjectedRetention(
        entry=lambda lives: lives.entry,
        periods=lambda lives: lives.n_periods,
        is_lost=lambda lives: lives.is_lost,
    ),
    nothing=_("nobody was there at the end of this period"),
    source="Fader & Hardie (2007), J. Interactive Marketing 21, 76–90",
    pitfall=_(
        "Retention that rises with age is sorting, not growing loyalty: those likely to leave have "
        "left. The model knows no seasons and no bad year. {Customers} of unknown first day are "
        "left out."
    ),
)

COMPLAINT_TO_CHURN = Kpi(
    name="complaint_to_churn",
    label=_("Churn after a complaint"),
    definition=_(
        "Share of complainers who left within a fixed wait after their complaint, by default 90 "
        "days, among those for whom that wait ended in the period"
    ),
    formula="100 · left within the wait / complained and still there the day after",
    theme="retention",
    side="do",
    unit="%",
    better="lower",
    range=(0, 100),
    needs={"tickets": ("customer_id", "opened_at", "is_complaint")},
    uses="contract",
    mart="complained_before",
    measure=Share(of=lambda complainers: complainers.has_left),
    nothing=_("nobody's wait after a complaint ended in this period"),
    source="Tax, Brown & Chandrashekaran (1998), J. Marketing 62, 60–76",
    pitfall=_(
        "Who left on the day of the complaint or before does not count, for the complaint must "
        "come first; a cancellation noted as a complaint some days before leaving still looks like "
        "one. Of several complaints the first counts. The wait is "
        "`definitions.after_complaint_days`."
    ),
)

STAYING = (
    CHURN_CUSTOMER_DAYS,
    COHORT_RETENTION,
    SURVIVAL_T,
    MEDIAN_TENURE,
    SBG_RETENTION,
    COMPLAINT_TO_CHURN,
)
"""KPIs of this file."""
