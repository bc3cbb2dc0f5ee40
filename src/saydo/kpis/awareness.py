"""Do people know us? KPIs of a survey among all buyers of the category."""

from __future__ import annotations

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Share
from saydo.languages import noop as _

_NOBODY_ASKED = _("nobody was asked in this period")

AWARENESS_UNAIDED = Kpi(
    name="awareness_unaided",
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

AWARENESS = (AWARENESS_UNAIDED, AWARENESS_AIDED)
"""KPIs of this theme."""
