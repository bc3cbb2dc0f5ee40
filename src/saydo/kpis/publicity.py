"""What is said, sought and read of us in public, against others?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from saydo.kpis.kpi import Kpi
from saydo.kpis.measures import Mean, NetShare
from saydo.kpis.survey_measures import PartOfSum
from saydo.languages import noop as _

_PUBLISHED = {"comments": ("written_at", "channel", "rating")}


def _spoke_up(comments: ir.Table) -> ir.Value:
    return ~comments.is_review


def _has_stars(comments: ir.Table) -> ir.Value:
    return comments.is_review & comments.rating.between(1, 5)


def _has_tone(comments: ir.Table) -> ir.Value:
    return _spoke_up(comments) & comments.rating.between(1, 5)


SHARE_OF_VOICE = Kpi(
    name="share_of_voice",
    label=_("Share of voice"),
    definition=_("Our spending on marketing as a percentage of that of all brands of the category"),
    formula="100 · Σ own spend / Σ category spend",
    theme="awareness",
    side="do",
    unit="%",
    better="context",
    range=(0, 100),
    needs={"marketing": ("month", "spend", "category_spend")},
    mart="advertising",
    by_segment=False,
    measure=PartOfSum(
        part=lambda rows: rows.spend,
        whole=lambda rows: rows.category_spend,
        among=lambda rows: rows.spend.notnull() & rows.category_spend.notnull(),
    ),
    nothing=_("spend of the category is not known for this period"),
    source="Jones (1990), Harvard Business Review 68(1)",
    pitfall=_(
        "By money spent, not by what was seen. Rows whose category spend is not known are left out "
        "of both sums; both must mean the same kind of spending."
    ),
)

SHARE_OF_SEARCH = Kpi(
    name="share_of_search",
    label=_("Share of search"),
    definition=_("Web searches for our brand as a percentage of those for all brands listed"),
    formula="100 · Σ own searches / Σ searches",
    theme="awareness",
    side="do",
    unit="%",
    better="higher",
    range=(0, 100),
    needs={"searches": ("month", "brand", "is_own", "queries")},
    mart="searches",
    by_segment=False,
    measure=PartOfSum(
        part=lambda rows: rows.is_own.ifelse(rows.queries, ibis.null("float64")),
        whole=lambda rows: rows.queries,
    ),
    nothing=_("no searches for our brand and others in this period"),
    source="Binet & Hankins (2020), Share of Search, IPA",
    pitfall=_(
        "Search indices are relative: brands fetched separately can't be added up. A name that "
        "means something else counts that too, and bad news is sought as well as good."
    ),
)

REVIEW_RATING = Kpi(
    name="review_rating",
    label=_("Public review rating"),
    definition=_("Mean number of stars, 1 to 5, of public reviews of the period"),
    formula="Σ stars / reviews",
    theme="awareness",
    side="say",
    unit="stars",
    better="higher",
    range=(1, 5),
    needs=_PUBLISHED,
    settings=("definitions.review_channel",),
    mart="public_comments",
    measure=Mean(of=lambda comments: comments.rating, among=_has_stars),
    otherwise=((lambda comments: comments.is_review, _("ratings are not from 1 to 5 stars")),),
    nothing=_("no reviews in this period"),
    source="Hu, Zhang & Pavlou (2009), Communications of the ACM 52(10)",
    pitfall=_(
        "Whoever wants to writes, mostly the delighted and the angry, so that a mean in the middle "
        "is hardly anybody's. Of several reviews of one {customer} in a period the last counts; "
        "anonymous ones count each."
    ),
)

EARNED_MENTIONS = Kpi(
    name="earned_mentions",
    label=_("Net recommendation observed"),
    definition=_(
        "Share of public mentions that are kind (4 or 5 of 1–5) less share of unkind ones (1 or 2)"
    ),
    formula="100 · (kind − unkind) / mentions",
    theme="awareness",
    side="do",
    unit="points",
    better="higher",
    range=(-100, 100),
    needs=_PUBLISHED,
    settings=("definitions.social_channel",),
    mart="public_comments",
    measure=NetShare(
        up=lambda comments: comments.rating >= 4,
        down=lambda comments: comments.rating <= 2,
        among=_has_tone,
    ),
    otherwise=((_spoke_up, _("ratings of mentions are not from 1 to 5")),),
    nothing=_("no mentions with a rating in this period"),
    source="Godes & Mayzlin (2004), Marketing Science 23(4)",
    pitfall=_(
        "Programs and news media mention us too: leave them out before. Mentions without a rating "
        "do not count; several of one person count as several."
    ),
)

PUBLICITY = (SHARE_OF_VOICE, SHARE_OF_SEARCH, REVIEW_RATING, EARNED_MENTIONS)
"""KPIs of this file; their theme is awareness."""
