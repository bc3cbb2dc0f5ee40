"""The contract: every input table that saydo understands, column by column.

This is the one place that says what a column means, its type, unit and range, which columns a table
can't do without, and what makes a row unique. Checks, error messages, the sample company and
`docs/tables.md` all read it.

No table is required. A table that is given needs its `required` columns; any other column may be
absent, and the KPIs that need it are then *not measured*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

ColumnType = Literal["id", "text", "number", "integer", "boolean", "instant", "day", "month"]

TYPES: Mapping[ColumnType, str] = MappingProxyType(
    {
        "id": "text, kept as written (`00123` and `NA` are ids)",
        "text": "text",
        "number": "a number",
        "integer": "a whole number",
        "boolean": "yes or no",
        "instant": "a date, with or without a time, in the study's time zone",
        "day": "a date",
        "month": "a date, taken as the first day of its month",
    }
)


@dataclass(frozen=True)
class Column:
    """One column of an input table."""

    name: str
    type: ColumnType
    description: str
    required: bool = False
    unit: str = ""
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] = ()
    planned: bool = False
    """A promise or a due date, which may rightly lie in the future."""


@dataclass(frozen=True)
class Table:
    """One input table."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """Columns that together identify a row; a second row with the same key is rejected."""
    happened: str | None = None
    """The date on which the row came to be. Rows after `as_of` are excluded, for a run never
    reads them.
    A later date within a row (a reply, a departure) is blanked where it lies after `as_of`."""
    extra: str | None = None
    """What other columns mean, which are kept as they are; None: other columns are not read."""

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"Table {self.name!r} has no column {name!r}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


def _must(name: str, type_: ColumnType, description: str, **more: object) -> Column:
    return Column(name, type_, description, required=True, **more)  # type: ignore[arg-type]


_MONEY = "the study's currency"

_TABLES = (
    Table(
        "customers",
        "One row per customer.",
        (
            _must("customer_id", "id", "Identifies the person or the account, not an order."),
            Column("acquired_on", "day", "First day as a customer."),
            Column("left_on", "day", "Last day as a customer; empty while the customer stays."),
            Column("left", "boolean", "Has left, where the day is not known."),
            Column("market", "text", "Market in which the customer buys."),
            Column("channel", "text", "Channel through which the customer was won."),
            Column("referred_by", "id", "Customer who recommended us."),
            Column("is_member", "boolean", "Belongs to the loyalty programme."),
        ),
        key=("customer_id",),
        happened="acquired_on",
        extra="attributes of the customer, for segments and models",
    ),
    Table(
        "orders",
        "One row per order.",
        (
            _must("order_id", "id", "Identifies the order."),
            _must("customer_id", "id", "Who ordered."),
            _must("ordered_at", "instant", "When it was ordered."),
            _must("revenue", "number", "Net of discount, tax and freight.", unit=_MONEY),
            Column("cost", "number", "Cost of the goods sold.", unit=_MONEY),
            Column("discount", "number", "Given on this order.", unit=_MONEY, low=0),
            Column("list_value", "number", "Value at list prices.", unit=_MONEY, low=0),
            Column("quantity", "number", "Units ordered.", unit="units"),
            Column("category", "text", "Product category."),
            Column("promised_at", "instant", "Delivery first promised.", planned=True),
            Column("delivered_at", "instant", "Delivery made; empty while under way."),
            Column("is_complete", "boolean", "Everything ordered was delivered."),
            Column("returned_value", "number", "Value sent back.", unit=_MONEY, low=0),
        ),
        key=("order_id",),
        happened="ordered_at",
    ),
    Table(
        "subscriptions",
        "One row per contract term of a customer.",
        (
            _must("customer_id", "id", "Who subscribed."),
            _must("starts_on", "day", "First day of the term."),
            Column("ends_on", "day", "Last day of the term; empty when open.", planned=True),
            Column("monthly_revenue", "number", "Recurring revenue a month.", unit=_MONEY, low=0),
            Column("renewal_due_on", "day", "Day on which it comes up for renewal.", planned=True),
            Column("renewed", "boolean", "Was renewed when due; empty while not due."),
            Column("is_trial", "boolean", "A trial, which earns nothing yet."),
        ),
        key=("customer_id", "starts_on"),
        happened="starts_on",
    ),
    Table(
        "answers",
        "One row per survey answer: one respondent, one item, one aspect.",
        (
            Column("customer_id", "id", "Who answered; empty when anonymous."),
            _must(
                "item", "text", "What was asked: recommend, satisfaction, easy, or an attribute."
            ),
            Column(
                "aspect",
                "text",
                "What the score is of: how it is (score), how much it matters, what was expected, "
                "what would just do.",
                allowed=("score", "importance", "expectation", "minimum"),
            ),
            _must("score", "number", "The answer, on its scale.", unit="scale points"),
            _must("scale_min", "number", "Lowest possible answer.", unit="scale points"),
            _must("scale_max", "number", "Highest possible answer.", unit="scale points"),
            Column("answered_at", "instant", "When it was answered."),
            Column(
                "survey", "text", "Which survey; relationship and transactional are kept apart."
            ),
            Column("weight", "number", "Survey weight.", unit="respondents", low=0),
            Column("respondent_id", "id", "The respondent, where that is not the customer."),
        ),
        happened="answered_at",
    ),
    Table(
        "invitations",
        "One row per survey invitation.",
        (
            _must("customer_id", "id", "Who was asked."),
            _must("sent_at", "instant", "When."),
            Column("delivered", "boolean", "Arrived."),
            Column("answered_at", "instant", "When it was answered; empty when it was not."),
        ),
        happened="sent_at",
    ),
    Table(
        "comments",
        "One row per free-text comment.",
        (
            _must("comment_id", "id", "Identifies the comment."),
            Column("customer_id", "id", "Who wrote it; empty when anonymous."),
            _must("text", "text", "What was written."),
            Column("written_at", "instant", "When."),
            Column("language", "text", "Language code, such as en or fr."),
            Column("rating", "number", "Rating given with it.", unit="scale points"),
            Column("channel", "text", "Where it was written."),
        ),
        key=("comment_id",),
        happened="written_at",
    ),
    Table(
        "tickets",
        "One row per request for help.",
        (
            _must("ticket_id", "id", "Identifies the ticket."),
            _must("customer_id", "id", "Who asked."),
            _must("opened_at", "instant", "When it was opened."),
            Column("first_reply_at", "instant", "First reply by a person; empty while none."),
            Column("first_solved_at", "instant", "First marked as solved."),
            Column("solved_at", "instant", "Solved for good."),
            Column("replies", "integer", "Replies by agents.", unit="replies", low=0),
            Column("reopens", "integer", "Times it was opened again.", unit="times", low=0),
            Column(
                "wait_hours",
                "number",
                "Time that the requester waited: new, open and on hold, not while we waited for "
                "the requester.",
                unit="hours",
                low=0,
            ),
            Column(
                "topic",
                "text",
                "What it was about. Tickets on `definitions.follow_up_topic` are calls of our own, "
                "and count as no request for help.",
            ),
            Column("is_complaint", "boolean", "Is a complaint."),
            Column("is_escalated", "boolean", "Was passed to a higher level."),
            Column(
                "rating",
                "text",
                "Rating of the help.",
                allowed=("unoffered", "offered", "good", "bad"),
            ),
        ),
        key=("ticket_id",),
        happened="opened_at",
    ),
    Table(
        "events",
        "One row per thing a customer did: a visit, a log-in, a use of a feature.",
        (
            _must("customer_id", "id", "Who."),
            _must("event", "text", "What."),
            _must("at", "instant", "When."),
        ),
        happened="at",
    ),
    Table(
        "costs",
        "Cost to serve, one row per customer and month.",
        (
            _must("customer_id", "id", "Who was served."),
            _must("month", "month", "In which month."),
            _must("cost_to_serve", "number", "Service, sales and logistics.", unit=_MONEY),
        ),
        key=("customer_id", "month"),
        happened="month",
    ),
    Table(
        "marketing",
        "Spending to win customers, one row per month, market and channel.",
        (
            _must("month", "month", "In which month."),
            Column("market", "text", "Where."),
            Column("channel", "text", "Through which channel."),
            _must("spend", "number", "Sales and marketing for new business.", unit=_MONEY, low=0),
            Column("category_spend", "number", "Spent by all brands.", unit=_MONEY, low=0),
        ),
        key=("month", "market", "channel"),
        happened="month",
    ),
    Table(
        "leads",
        "One row per lead.",
        (
            _must("lead_id", "id", "Identifies the lead."),
            _must("created_at", "instant", "When it came in."),
            _must("channel", "text", "Through which channel."),
            Column("converted_at", "instant", "When it became a customer; empty when it did not."),
            Column("customer_id", "id", "The customer it became."),
        ),
        key=("lead_id",),
        happened="created_at",
    ),
    Table(
        "market",
        "The whole market, one row per month, market and brand.",
        (
            _must("month", "month", "In which month."),
            _must("market", "text", "Which market."),
            _must("brand", "text", "Which brand."),
            _must("is_own", "boolean", "The brand is ours."),
            Column("revenue", "number", "Sold by the brand.", unit=_MONEY, low=0),
            Column("units", "number", "Sold by the brand.", unit="units", low=0),
            Column("buyers", "number", "Who bought the brand.", unit="people", low=0),
            Column(
                "category_buyers",
                "number",
                "Who bought any brand, each once; the same beside every brand of a month.",
                unit="people",
                low=0,
            ),
            Column("population", "number", "Who could buy.", unit="people", low=0),
            Column("new_buyers", "number", "First-time buyers of the brand.", unit="people", low=0),
        ),
        key=("month", "market", "brand"),
        happened="month",
    ),
    Table(
        "brand_tracker",
        "One row per respondent of a survey among all buyers of the category.",
        (
            _must("respondent_id", "id", "Identifies the respondent."),
            Column("market", "text", "Where the respondent lives."),
            _must("asked_at", "instant", "When."),
            Column("top_of_mind", "boolean", "Named our brand first."),
            Column("unaided", "boolean", "Named our brand unprompted."),
            Column("aided", "boolean", "Knew our brand from a list."),
            Column("considers", "boolean", "Would consider it."),
            Column("prefers", "boolean", "Prefers it."),
            Column("weight", "number", "Survey weight.", unit="respondents", low=0),
        ),
        key=("respondent_id",),
        happened="asked_at",
        extra="image items",
    ),
    Table(
        "wallet",
        "What respondents spend in the category, one row per respondent and brand.",
        (
            _must("respondent_id", "id", "Identifies the respondent."),
            _must("brand", "text", "Which brand."),
            _must("is_own", "boolean", "The brand is ours."),
            Column("spend", "number", "Spent on this brand.", unit=_MONEY, low=0),
            Column("category_spend", "number", "Spent on all brands.", unit=_MONEY, low=0),
            Column("rank", "number", "Rank among the brands used; 1 is first, ties share.", low=1),
            Column("asked_at", "instant", "When; without it, all count in the last period."),
        ),
        key=("respondent_id", "brand"),
        happened="asked_at",
    ),
    Table(
        "kano",
        "Kano's pair of questions, one row per respondent and feature.",
        (
            _must("respondent_id", "id", "Identifies the respondent."),
            _must("feature", "text", "Which feature."),
            _must("functional", "integer", "If it were there: 1 like … 5 dislike.", low=1, high=5),
            _must("dysfunctional", "integer", "If it were not: 1 like … 5 dislike.", low=1, high=5),
            Column("asked_at", "instant", "When; without it, all count in the last period."),
        ),
        key=("respondent_id", "feature"),
        happened="asked_at",
    ),
    Table(
        "searches",
        "Web searches for brands, one row per month and brand.",
        (
            _must("month", "month", "In which month."),
            _must("brand", "text", "Which brand."),
            _must("is_own", "boolean", "The brand is ours."),
            _must("queries", "number", "Searches.", unit="queries", low=0),
        ),
        key=("month", "brand"),
        happened="month",
    ),
)

CONTRACT: Mapping[str, Table] = MappingProxyType({table.name: table for table in _TABLES})
