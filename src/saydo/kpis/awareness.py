"""Do people know us? KPIs of a survey among all buyers of the category."""

from __future__ import annotations

import ibis.expr.types as ir

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.kpis.pooled import Ratio
from saydo.kpis.publicity import PUBLICITY
from saydo.languages import noop as _

_NOBODY_ASKED = _("nobody was asked in this period")


def _is_aware(people: ir.Table) -> ir.Value:
    """Recognised us, or named us and so needed no list."""
    aware = people.aided.fill_null(False)
    if "unaided" in people.columns:
        aware |= people.unaided.fill_null(False)
    return aware


AWARENESS_UNAIDED = Kpi(
    name="awareness_unaided",
    is_core=True,
    label=_("Unaided awareness"),
    definition=_("Share of buyers of the category who name our brand unprompted"),
    formula="100 · Σ weight of those who named us / Σ weight",
    theme="awareness",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"brand_tracker": ("asked_at", "unaided")},
    mart="brand_tracker",
    by_segment=False,
    measure=Share(
        of=lambda people: people.unaided,
        among=lambda people: people.unaided.notnull(),
        weight=lambda people: people.weight,
    ),
    nothing=_NOBODY_ASKED,
    source="Farris et al. (2010), Marketing Metrics, 2nd ed.",
    pitfall=_("Open answers have to be coded: misspellings of the name count as naming it."),
)

AWARENESS_AIDED = Kpi(
    name="awareness_aided",
    is_core=True,
    label=_("Aided awareness"),
    definition=_("Share of buyers of the category who recognise our brand in a list"),
    formula="100 · Σ weight of those who recognised us / Σ weight",
    theme="awareness",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"brand_tracker": ("asked_at", "aided")},
    mart="brand_tracker",
    by_segment=False,
    measure=Share(
        of=lambda people: people.aided,
        among=lambda people: people.aided.notnull(),
        weight=lambda people: people.weight,
    ),
    nothing=_NOBODY_ASKED,
    source="Farris et al. (2010), Marketing Metrics, 2nd ed.",
    pitfall=_(
        "People claim to know brands that don't exist; a made-up name in the list shows how many. "
        "Who was not shown the list, having named us already, must be recorded as aware."
    ),
)

AWARENESS_TOM = Kpi(
    name="awareness_tom",
    label=_("Top-of-mind awareness"),
    definition=_("Share of buyers of the category who name our brand first"),
    formula="100 · Σ weight of those who named us first / Σ weight",
    theme="awareness",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"brand_tracker": ("asked_at", "top_of_mind")},
    mart="brand_tracker",
    by_segment=False,
    measure=Share(
        of=lambda people: people.top_of_mind,
        among=lambda people: people.top_of_mind.notnull(),
        weight=lambda people: people.weight,
    ),
    nothing=_NOBODY_ASKED,
    source="Farris et al. (2010), Marketing Metrics, 2nd ed.",
    pitfall=_(
        "It hangs on how the category is worded: 'a bank' and 'a place for your savings' call up "
        "different names. Keep the wording, or break the series."
    ),
)

CONSIDERATION = Kpi(
    name="consideration",
    label=_("Consideration"),
    definition=_("Share of those who know our brand, aided or not, who would consider it"),
    formula="100 · Σ weight of the aware who would consider us / Σ weight of the aware",
    theme="awareness",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"brand_tracker": ("asked_at", "aided", "considers")},
    mart="brand_tracker",
    by_segment=False,
    measure=Share(
        of=lambda people: people.considers,
        among=lambda people: _is_aware(people) & people.considers.notnull(),
        weight=lambda people: people.weight,
    ),
    nothing=_("nobody who knows us was asked in this period"),
    source="Court et al. (2009), McKinsey Quarterly; Farris et al. (2010), Marketing Metrics",
    pitfall=_(
        "Of those who know us, not of everybody: as awareness grows, newcomers who know us little "
        "can lower it."
    ),
)

PREFERENCE = Kpi(
    name="preference",
    label=_("Brand preference"),
    definition=_("Share of those who would consider our brand who prefer it to all others"),
    formula="100 · Σ weight of considerers who prefer us / Σ weight of considerers",
    theme="awareness",
    side="say",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"brand_tracker": ("asked_at", "considers", "prefers")},
    mart="brand_tracker",
    by_segment=False,
    measure=Share(
        of=lambda people: people.prefers,
        among=lambda people: people.considers.fill_null(False) & people.prefers.notnull(),
        weight=lambda people: people.weight,
    ),
    nothing=_("nobody who considers us was asked in this period"),
    source="Farris et al. (2010), Marketing Metrics, 2nd ed.",
    pitfall=_(
        "Of those who consider us, not of everybody: the same preference among fewer considerers "
        "is a smaller brand."
    ),
)

IMAGE_SCORE = Kpi(
    name="image_score",
    label=_("Brand image"),
    definition=_(
        "Mean score given to our brand over all image items, the numeric columns of the brand "
        "tracker beyond the contract, in points of their scale"
    ),
    formula="Σ weight · score / Σ weight, over respondents and items",
    theme="awareness",
    side="say",
    unit="scale points",
    better="higher",
    needs={"brand_tracker": ("asked_at",)},
    mart="brand_tracker",
    by_segment=False,
    measure=Ratio(
        of=lambda people: people.weight * people.image,
        per=lambda people: people.weight * people.n_images,
        among=lambda people: (people.n_images > 0) & (people.weight > 0),
    ),
    nothing=_("no scores of image items in this period"),
    source="ECSI Technical Committee (1998), image",
    pitfall=_(
        "Users of a brand rate it higher, so that a bigger brand scores higher: compare with what "
        "its size lets expect. All items must run the same way and on the same scale."
    ),
)

AWARENESS = (
    AWARENESS_TOM,
    AWARENESS_UNAIDED,
    AWARENESS_AIDED,
    CONSIDERATION,
    PREFERENCE,
    IMAGE_SCORE,
    *PUBLICITY,
)
"""KPIs of this theme."""
