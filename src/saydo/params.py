"""What a run is asked to do: the params file, read and checked.

`load` takes a YAML file and returns `Params`, or raises one `ParamsError` with every problem in it:
unknown keys, wrong types, values out of range and names that do not exist, each with its path and
the allowed values. `json_schema` describes the same file for editors (`params/schema.json`).

Paths in a params file are relative to the project: the nearest folder above the params file that
holds `notebooks/`, or else the params file's own folder.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from saydo.errors import ParamsError, Problem
from saydo.languages import LANGUAGES
from saydo.problems import no_such, problems
from saydo.tables.contract import CONTRACT

if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[LANGUAGES]
Audience = Literal[
    "customer", "citizen", "beneficiary", "member", "stakeholder", "voter", "patient", "student"
]
PeriodLength = Literal["month", "quarter", "year"]
AsOfToken = Literal["today", "last_month_end", "last_quarter_end", "last_year_end"]

ALL = "all"
"""The segment of everyone, which always comes first."""

COVARIATES = ("tenure", "recency", "frequency", "spend", "tickets")
"""Covariates that saydo computes; any attribute of `customers` may be named as well."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Format(_Strict):
    """How a text file is written. What is left out is detected, and the detection reported."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description="Character between fields, such as ';'."
    )
    decimal: Literal[".", ","] | None = Field(None, description="Decimal mark of numbers.")
    dates: str | None = Field(None, description="Format of dates, as for strptime: '%d/%m/%Y'.")
    encoding: str | None = Field(None, description="Such as utf-8, latin-1 or cp1252.")
    quote: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description="Character around fields that hold the delimiter; '\"' if left out."
    )


class Source(_Strict):
    """A raw file or database table, named so that queries can combine it with others."""

    path: str | None = Field(None, description="A .csv, .tsv, .csv.gz, .parquet or .xlsx file.")
    sheet: str | None = Field(None, description="Sheet of an .xlsx file; the only one if left out.")
    table: str | None = Field(None, description="A table of the database that `engine` names.")
    format: Format = Field(default_factory=lambda: Format(), description="How the file is written.")

    @model_validator(mode="after")
    def _one_origin(self) -> Source:
        if (self.path is None) == (self.table is None):
            raise ValueError("give either path or table")
        if self.sheet is not None and (self.path is None or not self.path.endswith(".xlsx")):
            raise ValueError("sheet goes with the path of an .xlsx file")
        return self


Scale = tuple[float, float]


class Item(_Strict):
    """One question of a wide survey, which has one column per question."""

    column: str = Field(description="Column that holds the answer.")
    importance: str | None = Field(None, description="Column: how much it matters.")
    expectation: str | None = Field(None, description="Column: what was expected.")
    minimum: str | None = Field(None, description="Column: what would just do.")
    scale: Scale = Field(description="Lowest and highest possible answer, such as [0, 10].")
    blank: tuple[float | str, ...] = Field(
        (), description="Codes that mean no answer, such as [11]. An empty cell always does."
    )

    @model_validator(mode="after")
    def _scale_ascends(self) -> Item:
        if self.scale[0] >= self.scale[1]:
            raise ValueError("scale is [lowest, highest], and the lowest comes first")
        return self


class TableSource(_Strict):
    """Where one table of the contract comes from, and what its columns are called there."""

    path: str | None = Field(None, description="A .csv, .tsv, .csv.gz, .parquet or .xlsx file.")
    sheet: str | None = Field(None, description="Sheet of an .xlsx file; the only one if left out.")
    table: str | None = Field(None, description="A table of the database that `engine` names.")
    query: str | None = Field(None, description="SQL over `sources`, or over the database.")
    format: Format = Field(default_factory=lambda: Format(), description="How the file is written.")
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Column of the contract: column of the file, or an SQL expression over them. "
        "Columns that already bear the contract's name need no mention.",
    )
    items: dict[str, Item] = Field(
        default_factory=dict, description="Answers only: the questions of a wide survey."
    )

    @model_validator(mode="after")
    def _one_origin(self) -> TableSource:
        if sum(origin is not None for origin in (self.path, self.table, self.query)) != 1:
            raise ValueError("give exactly one of path, table or query")
        if self.sheet is not None and (self.path is None or not self.path.endswith(".xlsx")):
            raise ValueError("sheet goes with the path of an .xlsx file")
        return self


class Data(_Strict):
    """Where the tables are."""

    engine: str = Field(
        "duckdb",
        description="duckdb, or the name of an environment variable that holds an Ibis URL.",
        pattern=r"^(duckdb|[A-Za-z_][A-Za-z0-9_]*)$",
    )
    sources: dict[str, Source] = Field(
        default_factory=dict, description="Raw files that queries may combine."
    )
    tables: dict[str, TableSource] = Field(
        min_length=1, description="Tables of the contract: " + ", ".join(CONTRACT) + "."
    )


class Retention(_Strict):
    """What it means that a customer stays."""

    kind: Literal["contract", "purchase", "label"] = Field(
        description="contract: `left_on` is empty or after the window; purchase: at least one "
        "order within `within_days`; label: the `left` column, without dates."
    )
    within_days: Annotated[int, Field(ge=1, le=3660)] | None = Field(
        None, description="Purchase only: days within which a customer who stays buys again."
    )

    @model_validator(mode="after")
    def _window_for_purchase(self) -> Retention:
        if (self.kind == "purchase") != (self.within_days is not None):
            raise ValueError("within_days goes with kind: purchase, which needs it")
        return self


class Satisfaction(_Strict):
    """Which answer is taken as satisfaction, and what is watched afterwards."""

    item: str = Field("satisfaction", description="Item of `answers` that says how satisfied.")
    horizon_days: Annotated[int, Field(ge=1, le=3660)] | None = Field(
        None,
        description="Days for which we watch whether the customer stays: 90 if left out, or "
        "`retention.within_days` where a customer who stays is one who buys again.",
    )
    max_age_days: Annotated[int, Field(ge=1, le=3660)] = Field(
        365, description="Answers older than this when the watch begins are out of date."
    )
    adjust_for: tuple[str, ...] = Field(
        ("tenure", "recency", "frequency", "spend"),
        description="Covariates known when the watch begins: "
        + ", ".join(COVARIATES)
        + ", or an attribute of customers.",
    )


Days = Annotated[int, Field(ge=1, le=3660)]


class Definitions(_Strict):
    """What KPIs take for granted where definitions differ: waits, targets, and names of events."""

    repeat_days: Days = Field(
        180, description="Days after a first order within which a second one makes a repeat buyer."
    )
    lapse_days: Days | None = Field(
        None,
        description="Days without an order after which a customer has lapsed: "
        "`retention.within_days` if left out, or 180.",
    )
    after_complaint_days: Days = Field(
        90, description="Days after a complaint for which we watch whether the customer leaves."
    )
    value_event: str | None = Field(
        None, description="Event with which customers first get what they came for."
    )
    activation_days: Days = Field(
        30, description="Days within which a new customer should reach `value_event`."
    )
    journey: tuple[str, ...] = Field(
        (), description="Events that are the stages of the way to an order, in their order."
    )
    features: tuple[str, ...] = Field(
        (), description="Events that are the features customers have paid for."
    )
    help_event: str | None = Field(None, description="Event with which customers help themselves.")
    self_service_days: Days = Field(
        3, description="Days without a ticket after `help_event` that make it a success."
    )
    repeat_contact_days: Days = Field(
        7, description="Days without another ticket on the topic that make the first one enough."
    )
    reply_target_hours: Annotated[float, Field(gt=0)] = Field(
        24, description="Hours within which a first reply is due."
    )
    defect_topic: str = Field(
        "product", description="Topic of tickets with which customers report defects."
    )
    follow_up_topic: str = Field(
        "follow-up",
        description="Topic of tickets with which we call on someone who was unhappy. They are no "
        "requests for help.",
    )
    follow_up_days: Days = Field(
        7, description="Days within which someone who was unhappy should be called on."
    )
    response_days: Days = Field(
        14, description="Days after an invitation within which an answer to it counts."
    )
    quality_items: tuple[str, ...] = Field(
        ("quality",), description="Items of `answers` that are about quality."
    )
    target_markets: tuple[str, ...] = Field(
        (), description="Markets that we aim at, as `market` names them."
    )
    return_days: Days = Field(
        30, description="Days after an order within which goods are sent back, if they are."
    )
    survival_months: Annotated[int, Field(ge=1, le=240)] = Field(
        12, description="Months as a customer at which cohorts and survival are read off."
    )
    clv_months: Annotated[int, Field(ge=1, le=240)] = Field(
        36, description="Months ahead for which the value of customers is projected."
    )
    discount_rate: Annotated[float, Field(ge=0, le=1)] = Field(
        0.10, description="Yearly rate at which future money is discounted."
    )
    review_channel: str = Field("review", description="Channel of `comments`: public reviews.")
    social_channel: str = Field("social", description="Channel of `comments`: public mentions.")

    @model_validator(mode="after")
    def _journey_leads_somewhere(self) -> Definitions:
        if len(self.journey) == 1 or len(set(self.journey)) < len(self.journey):
            raise ValueError("journey takes two or more different events")
        return self


class Rule(_Strict):
    """A named condition on customer features."""

    name: Annotated[str, Field(min_length=1)] = Field(description="Name of the segment.")
    when: str = Field(description="SQL condition on features: 'spend > 1000 and frequency >= 3'.")


class _Segmentation(_Strict):
    """A way of grouping customers."""

    follows_behaviour: ClassVar[bool] = False
    """Whether customers move from segment to segment by what they do or say."""

    @property
    def innermost(self) -> _Segmentation | None:
        """That by which customers of one market are told apart: itself, but for markets."""
        return self


class ByColumn(_Segmentation):
    """Segments are the values of an attribute of `customers`."""

    method: Literal["column"]
    column: str = Field(description="Attribute of customers.")


class ByRules(_Segmentation):
    """The first rule that holds names the segment."""

    follows_behaviour: ClassVar[bool] = True

    method: Literal["rules"]
    rules: tuple[Rule, ...] = Field(min_length=1, description="Tried in this order.")
    otherwise: Annotated[str, Field(min_length=1)] = Field(
        "Others", description="Segment of those for whom no rule holds."
    )


class _Learned(_Segmentation):
    """Something about the segments is learned from the customers."""

    follows_behaviour: ClassVar[bool] = True

    refit: bool = Field(
        False,
        description="Learn anew, instead of using again what the last run of an earlier day had "
        "learned: segments then mean something else than last month.",
    )


class RfmColumns(_Strict):
    """Columns of `customers` that hold what would be counted from orders."""

    recency: str | None = Field(None, description="Days since the last order.")
    frequency: str | None = Field(None, description="Number of orders.")
    monetary: str | None = Field(None, description="Spent, in the study's currency.")


_Cuts = Annotated[tuple[float, ...], Field(min_length=1, max_length=9)] | None


class RfmCuts(_Strict):
    """Cut points of one's own, ascending; quantiles decide where there are none."""

    recency: _Cuts = Field(None, description="Days: fewer than the first is the best score.")
    frequency: _Cuts = Field(None, description="Orders: no more than the first is the lowest.")
    monetary: _Cuts = Field(None, description="Money: no more than the first is the lowest.")

    @field_validator("recency", "frequency", "monetary")
    @classmethod
    def _ascend(cls, cuts: tuple[float, ...] | None) -> tuple[float, ...] | None:
        return _ascending(cuts, "cut points")


class ByRfm(_Learned):
    """Recency, frequency and monetary value of orders, scored by quantiles."""

    method: Literal["rfm"]
    scores: Annotated[int, Field(ge=3, le=10)] = Field(5, description="Number of quantile scores.")
    quantiles: Annotated[tuple[float, ...], Field(min_length=2, max_length=9)] | None = Field(
        None, description="Where scores are cut, such as [0.5, 0.8, 0.95]; instead of `scores`."
    )
    cuts: RfmCuts = Field(default_factory=lambda: RfmCuts(), description="Cut points of your own.")
    columns: RfmColumns = Field(
        default_factory=lambda: RfmColumns(), description="Where orders are counted already."
    )

    @field_validator("quantiles")
    @classmethod
    def _lie_within(cls, quantiles: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if quantiles and not (min(quantiles) > 0 and max(quantiles) < 1):
            raise ValueError("quantiles lie between 0 and 1, such as [0.5, 0.8, 0.95]")
        return _ascending(quantiles, "quantiles")

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantiles at which scores are cut."""
        return self.quantiles or tuple(step / self.scores for step in range(1, self.scores))


def _ascending(values: tuple[float, ...] | None, what: str) -> tuple[float, ...] | None:
    if values and any(low >= high for low, high in pairwise(values)):
        raise ValueError(f"{what} must ascend, each once; found {list(values)}")
    return values


_Number = Annotated[int, Field(ge=2, le=12)]


class ByClusters(_Learned):
    """Groups of customers who behave alike, where there are any."""

    method: Literal["clusters"]
    features: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)] | None = Field(
        None,
        description="Numbers known of customers: attributes, tenure_days, recency_days, frequency, "
        "spend, n_tickets. If left out, the last four as far as there are.",
    )
    clusters: _Number | None = Field(
        None, description="How many; chosen by separation and stability if left out."
    )
    most: _Number = Field(8, description="The most among which to choose.")


class ByNeeds(_Learned):
    """Groups of customers who want alike, by what they call important and expect."""

    method: Literal["needs"]
    items: Annotated[tuple[str, ...], Field(min_length=2)] | None = Field(
        None, description="Items of `answers`; those with an importance or expectation if left out."
    )
    clusters: _Number | None = Field(
        None, description="How many; chosen by separation and stability if left out."
    )
    most: _Number = Field(8, description="The most among which to choose.")
    silent: Literal["unknown", "by_behaviour"] = Field(
        "unknown",
        description="Those who never answered: kept apart, or placed by what they do where that "
        "tells enough.",
    )
    min_probability: Annotated[float, Field(gt=0, lt=1)] = Field(
        0.5, description="With by_behaviour: the least probability of a segment to be placed in it."
    )


class ByOwn(_Segmentation):
    """A function of your own."""

    follows_behaviour: ClassVar[bool] = True

    method: Literal["own"]
    function: Annotated[str, Field(pattern=r"^[^:]+\.py:[A-Za-z_]\w*$")] = Field(
        description="File in the project and function in it, such as segments.py:by_size."
    )
    _calls: Callable[[Any], Any] | None = PrivateAttr(None)

    @classmethod
    def of(cls, function: Callable[[Any], Any]) -> ByOwn:
        """By a function of a notebook, which no file holds."""
        name = getattr(function, "__name__", type(function).__name__)
        return cls.model_construct(method="own", function=name).calling(function)

    def calling(self, function: Callable[[Any], Any]) -> ByOwn:
        """The same, with the function at hand; nothing that is written shows it."""
        bound = self.model_copy()
        bound._calls = function
        return bound

    @property
    def calls(self) -> Callable[[Any], Any] | None:
        """The function, where it is at hand."""
        return self._calls


_Simple = ByColumn | ByRules | ByRfm | ByClusters | ByNeeds | ByOwn


class ByMarket(_Segmentation):
    """The market of each customer, with a segment within it."""

    method: Literal["market"]
    within: Annotated[_Simple, Field(discriminator="method")] | None = Field(
        None, description="How customers of a market are grouped; not at all if left out."
    )
    refit: bool = Field(False, description="Learn anew what `within` learns.")

    @property
    def innermost(self) -> _Segmentation | None:
        """What lies within markets."""
        return self.within

    @property
    def follows_behaviour(self) -> bool:  # type: ignore[override]
        """Whether what lies within markets does."""
        return self.within is not None and self.within.follows_behaviour

    @model_validator(mode="after")
    def _refit_once(self) -> ByMarket:
        if getattr(self.within, "refit", False):
            raise ValueError("set refit beside within, not in it")
        return self


Segments = Annotated[_Simple | ByMarket, Field(discriminator="method")]


class Measure(_Strict):
    """A KPI that tests an objective."""

    kpi: str = Field(description="Name of a KPI; see `saydo kpis`.")
    target: float = Field(
        allow_inf_nan=False,
        description="Value to reach, in the KPI's unit; for a KPI that is better closer to 0 the "
        "largest distance from it.",
    )
    by: date | None = Field(None, description="Day by which it should be reached.")
    baseline: float | None = Field(
        None,
        allow_inf_nan=False,
        description="Value from which the way to the target is counted: that of the first period "
        "shown, if left out.",
    )
    better: Literal["higher", "lower"] | None = Field(
        None, description="Which way is better, for KPIs of which that depends on the context."
    )

    @model_validator(mode="after")
    def _has_a_way_to_go(self) -> Measure:
        if self.baseline == self.target:
            raise ValueError(
                f"baseline and target are both {self.target:g}, so that there is no way to go; "
                "leave the baseline out"
            )
        return self


class Objective(_Strict):
    """Something that customers should come to say, with the KPIs that test it."""

    voice: Annotated[str, Field(min_length=1)] = Field(description="A sentence a customer says.")
    segment: str = Field(ALL, description="Segment that it is for.")
    item: str | None = Field(
        None, description="Item of `answers` in which people say how far they agree with it."
    )
    measures: tuple[Measure, ...] = Field(min_length=1, description="KPIs that test it.")

    @model_validator(mode="after")
    def _each_measure_once(self) -> Objective:
        names = [measure.kpi for measure in self.measures]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"{', '.join(twice)} is measured twice; give each KPI of an objective one target"
            )
        return self


class Privacy(_Strict):
    """What may be shown."""

    min_cell: Annotated[int, Field(ge=1, le=1000)] = Field(
        11, description="Fewest customers about whom anything is shown."
    )


class Params(_Strict):
    """One study: one organisation's data and questions."""

    study: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="Its name.")
    language: Language = Field("en", description="Language of the pages.")
    audience: Audience = Field("customer", description="What the people served are called.")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        "EUR", description="Three letters, as in ISO 4217."
    )
    timezone: str = Field("UTC", description="Such as Europe/Paris.")
    as_of: AsOfToken | date = Field(
        "last_month_end", description="Last day that the run may know of."
    )
    period: PeriodLength = Field("quarter", description="Length of a period.")
    periods: Annotated[int, Field(ge=1, le=120)] = Field(
        8,
        description="How many periods the trends show; if left out 13 months, 8 quarters or 5 "
        "years, so that each can be compared with a year before.",
    )
    data: Data = Field(description="Where the tables are.")
    retention: Retention | None = Field(None, description="What it means that a customer stays.")
    satisfaction: Satisfaction = Field(
        default_factory=lambda: Satisfaction(), description="Which answer, watched for how long."
    )
    definitions: Definitions = Field(
        default_factory=lambda: Definitions(), description="What KPIs take for granted."
    )
    segments: Segments | None = Field(None, description="How customers are grouped.")
    targets: tuple[str, ...] = Field(
        (), description="Segments that the organisation competes for, set against the rest."
    )
    objectives: tuple[Objective, ...] = Field((), description="In the customer's own voice.")
    privacy: Privacy = Field(default_factory=lambda: Privacy(), description="What may be shown.")

    @model_validator(mode="before")
    @classmethod
    def _periods_of_a_year(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and "periods" not in raw:
            number = {"month": 13, "year": 5}.get(str(raw.get("period")))
            return raw | {"periods": number} if number else raw
        return raw

    @model_validator(mode="after")
    def _one_window(self) -> Params:
        retention, horizon = self.retention, self.satisfaction.horizon_days
        if retention and retention.within_days and horizon not in (None, retention.within_days):
            raise ValueError(
                f"satisfaction.horizon_days is {horizon} but retention.within_days is "
                f"{retention.within_days}: both say how long to wait for an order. Give one"
            )
        return self

    @property
    def horizon_days(self) -> int:
        """Days for which we watch whether a customer stays."""
        within = self.retention.within_days if self.retention else None
        return self.satisfaction.horizon_days or within or 90

    @property
    def segments_follow_behaviour(self) -> bool:
        """Whether customers move from segment to segment by what they do or say."""
        return self.segments is not None and self.segments.follows_behaviour

    @property
    def segments_follow_answers(self) -> bool:
        """Whether it is by what customers say rather than do."""
        return self.segments is not None and isinstance(self.segments.innermost, ByNeeds)

    @property
    def lapse_days(self) -> int:
        """Days without an order after which a customer has lapsed."""
        within = self.retention.within_days if self.retention else None
        return self.definitions.lapse_days or within or 180

    def as_of_day(self, now: datetime | None = None) -> date:
        """The last day that the run may know of, with tokens resolved in the study's time zone."""
        if isinstance(self.as_of, date):
            return self.as_of
        today = (now or datetime.now(UTC)).astimezone(ZoneInfo(self.timezone)).date()
        match self.as_of:
            case "today":
                return today
            case "last_month_end":
                return today.replace(day=1) - timedelta(days=1)
            case "last_quarter_end":
                return today.replace(month=3 * ((today.month - 1) // 3) + 1, day=1) - timedelta(1)
            case "last_year_end":
                return date(today.year - 1, 12, 31)

    def digest(self) -> str:
        """Changes when anything in the params changes."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def find(path: str | Path) -> Path:
    """The params file at `path`, looked for in the working folder and then in those above it.

    Jupyter starts a notebook in its own folder, so that `params/demo.yml` lies one level up.
    """
    path = Path(path)
    folders = [Path.cwd(), *Path.cwd().parents] if not path.is_absolute() else [Path("/")]
    for folder in folders:
        if (folder / path).is_file():
            return (folder / path).resolve()
    raise ParamsError(
        str(path),
        [
            Problem(
                "file", f"not found in {Path.cwd().name}/ or any folder above it; check the path"
            )
        ],
    )


def project_folder(params_file: Path) -> Path:
    """The folder that paths in the params file start from."""
    for folder in params_file.resolve().parents:
        if (folder / "notebooks").is_dir():
            return folder
    return params_file.resolve().parent


def load(path: str | Path, *, kpis: Collection[str] = ()) -> Params:
    """Read and check a params file.

    Args:
        path: The file, found as `find` does.
        kpis: Names that objectives may use; none means that they are not checked.

    Raises:
        ParamsError: With every problem of the file, each with its path and the allowed values.
    """
    file = find(path)
    name = file.name
    try:
        raw = yaml.load(file.read_text("utf-8-sig"), Loader=_UniqueKeys)
    except UnicodeDecodeError as error:
        raise ParamsError(name, [Problem("file", f"is not UTF-8 text ({error})")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "file"
        what = getattr(error, "problem", None) or str(error)
        raise ParamsError(name, [Problem(where, f"is not YAML: {what}")]) from None
    if not isinstance(raw, dict):
        raise ParamsError(
            name, [Problem("file", "must hold keys and values, such as `study: Acme`")]
        )
    return parse(raw, source=name, kpis=kpis)


def parse(raw: dict[str, Any], *, source: str = "params", kpis: Collection[str] = ()) -> Params:
    """Check params that have been read already. Raises `ParamsError` as `load` does."""
    found: list[Problem] = _wrong_names(raw, kpis)
    params: Params | None = None
    try:
        params = Params.model_validate(raw)
    except ValidationError as error:
        found += problems(error, raw, Params)
    if found or params is None:
        raise ParamsError(source, sorted(found, key=lambda problem: problem.where))
    return params


def json_schema() -> dict[str, Any]:
    """JSON Schema of a params file, for editors that complete and check YAML."""
    schema = Params.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "saydo params"
    table = schema["$defs"]["Data"]["properties"]["tables"]
    table["propertyNames"] = {"enum": list(CONTRACT)}
    return schema


def render_schema() -> str:
    """The text of `params/schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


class _UniqueKeys(yaml.SafeLoader):
    """A loader to which a key given twice is a mistake, not a way to override."""


def _mapping(loader: _UniqueKeys, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                problem=f"key {key!r} is given twice", problem_mark=key_node.start_mark
            )
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _wrong_names(raw: dict[str, Any], kpis: Collection[str]) -> list[Problem]:
    """What pydantic can't know: names of tables, columns, items, KPIs and time zones."""
    found = []
    zone = raw.get("timezone", "UTC")
    if isinstance(zone, str) and zone not in available_timezones():
        close = difflib.get_close_matches(zone, available_timezones(), n=3)
        hint = f" Did you mean {' or '.join(close)}?" if close else " Such as Europe/Paris or UTC."
        found.append(Problem("timezone", f"there is no time zone {zone!r}.{hint}"))
    data = raw.get("data")
    tables = data.get("tables") if isinstance(data, dict) else None
    for name, source in tables.items() if isinstance(tables, dict) else ():
        where = f"data.tables.{name}"
        if name not in CONTRACT:
            found.append(Problem(where, no_such("table", str(name), list(CONTRACT))))
            continue
        if not isinstance(source, dict):
            continue
        table = CONTRACT[name]
        columns = source.get("columns")
        for column in columns if isinstance(columns, dict) else ():
            if column not in table.names and table.extra is None:
                what = no_such(f"column of {name}", str(column), list(table.names))
                found.append(Problem(f"{where}.columns.{column}", what))
        if source.get("items") and name != "answers":
            found.append(Problem(f"{where}.items", "only answers has items"))
    objectives = raw.get("objectives")
    for number, objective in enumerate(objectives if isinstance(objectives, list) else ()):
        measures = objective.get("measures") if isinstance(objective, dict) else None
        for index, measure in enumerate(measures if isinstance(measures, list) else ()):
            kpi = measure.get("kpi") if isinstance(measure, dict) else None
            if kpis and isinstance(kpi, str) and kpi not in kpis:
                where = f"objectives.{number}.measures.{index}.kpi"
                found.append(Problem(where, no_such("KPI", kpi, list(kpis))))
    return found
