"""What stands behind the pages: who is in which segment, and what became of the rows read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from saydo.languages import contract_name, listed, money, name, ngettext, noop, number, percent
from saydo.languages import gettext as _
from saydo.params import ALL, ByColumn, ByOwn, ByRfm, ByRules, Params
from saydo.report import figures, html
from saydo.report.finding import Finding
from saydo.report.values import people

MEASURES = {
    "recency": noop("Days since the last order"),
    "frequency": noop("Orders"),
    "monetary": noop("Spent"),
}


def segments(sizes: pd.DataFrame) -> Finding:
    """How many customers each segment has."""
    everyone = sizes[sizes["segment"] == ALL].iloc[0]
    parts = sizes[sizes["segment"] != ALL]
    shown = parts[parts["n_customers"].notna()]
    sentence = ngettext(
        "{people} in {count} segment.", "{people} in {count} segments.", len(parts)
    ).format(
        people=people(int(everyone["n_customers"])),
        count=number(len(parts), 0),
    )
    if len(shown):
        largest = shown.iloc[0]
        words = _("The largest, {segment}, has {share} of them.")
        share = percent(100 * float(largest["share"]))
        sentence += " " + words.format(segment=name(largest["segment"]), share=share)
    n_hidden = len(parts) - len(shown)
    if n_hidden:
        words = ngettext(
            "The size of {count} segment is not shown: it is too small.",
            "The sizes of {count} segments are not shown: they are too small, or would give away "
            "those that are.",
            n_hidden,
        )
        sentence += " " + words.format(count=number(n_hidden, 0))
    return Finding(
        table=shown.assign(percent=100 * shown["share"].astype(float)),
        sentence=sentence,
        is_answer=True,
        draw=figures.segment_sizes if len(shown) else None,
        alternative=_("Share of {customers} by segment: {values}.").format(
            values=listed(
                f"{name(row.segment)} {percent(100 * float(row.share))}"
                for row in shown.itertuples()
            )
        ),
        columns=[
            html.Shown("segment", _("Segment"), numeric=False),
            html.Shown("n_customers", _("{Customers}"), lambda n: number(n, 0)),
            html.Shown("percent", _("Share"), percent),
        ],
        caption=_("Segments by size"),
    )


def segmentation(cuts: pd.DataFrame | None, *, params: Params) -> Finding:
    """How customers were assigned to segments."""
    how = params.segments
    match how:
        case None:
            return Finding(
                pd.DataFrame(),
                _("There is one segment, of everyone; name others under `segments` in the params."),
            )
        case ByColumn():
            words = _("By the attribute {column} of {customers}; without one, they are unknown.")
            return Finding(pd.DataFrame({"column": [how.column]}), words.format(column=how.column))
        case ByRules():
            table = pd.DataFrame([rule.model_dump() for rule in how.rules])
            words = _("By rules: the first that holds decides, and the rest are {otherwise}.")
            return Finding(
                table,
                words.format(otherwise=how.otherwise),
                columns=[
                    html.Shown("name", _("Segment"), numeric=False),
                    html.Shown("when", _("Condition"), numeric=False),
                ],
                caption=_("Rules"),
                is_folded=False,
            )
        case ByOwn():
            words = _("By the study's own function {function}.")
            return Finding(
                pd.DataFrame({"function": [how.function]}), words.format(function=how.function)
            )
        case ByRfm():
            table = (cuts if cuts is not None else pd.DataFrame()).copy()
            table["label"] = [_(MEASURES[name]) for name in table["measure"]]
            table["from"] = [
                ""
                if pd.isna(cut)
                else money(cut, params.currency)
                if name == "monetary"
                else number(cut, 0)
                for name, cut in zip(table["measure"], table["above"], strict=True)
            ]
            table["percent"] = 100 * table["share"]
            return Finding(
                table,
                _(
                    "By how recently, how often and for how much they ordered, each scored by "
                    "quantiles of those who ever ordered, or by cut points in the params."
                ),
                columns=[
                    html.Shown("label", _("Measure"), numeric=False),
                    html.Shown("score", _("Score"), lambda score: number(score, 0)),
                    html.Shown("from", _("Better than")),
                    html.Shown("n_customers", _("{Customers}"), lambda n: number(n, 0)),
                    html.Shown("percent", _("Share"), percent),
                ],
                caption=_("Cut points"),
            )
    raise NotImplementedError(how.method)


def rows(rows_by_table: Mapping[str, Mapping[str, Any]], notes: Sequence[str]) -> Finding:
    """What was read, what was used, and what was left out and why."""
    records = [
        {
            "table": contract_name(name),
            "read": count["read"],
            "used": count["used"],
            "rejected": count["rejected"],
            "excluded": sum(count["excluded"].values()),
            "why": "; ".join(
                f"{_(reason)}: {number(n, 0)}" for reason, n in sorted(count["excluded"].items())
            ),
        }
        for name, count in rows_by_table.items()
    ]
    table = pd.DataFrame(records, columns=["table", "read", "used", "rejected", "excluded", "why"])
    # Files that a query combines are counted by themselves; the query's own rows are what is used.
    own = table[~table["table"].str.startswith("sources.")]
    n_rejected = int(table["rejected"].sum())
    sentence = _("{used} of {read} rows were used.").format(
        used=number(int(own["used"].sum()), 0), read=number(int(own["read"].sum()), 0)
    )
    if n_rejected:
        words = ngettext(
            "{count} row could not be read rightly; it stands in rejects/ with the reason.",
            "{count} rows could not be read rightly; they stand in rejects/ with the reason.",
            n_rejected,
        )
        sentence += " " + words.format(count=number(n_rejected, 0))
    whole = partial(number, digits=0)
    listed = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return Finding(
        table=table,
        sentence=sentence,
        body=html.folded(_("What was detected or derived"), f"<ul>{listed}</ul>") if notes else "",
        columns=[
            html.Shown("table", _("Table"), numeric=False),
            html.Shown("read", _("Read"), whole),
            html.Shown("used", _("Used"), whole),
            html.Shown("rejected", _("Rejected"), whole),
            html.Shown("excluded", _("Excluded"), whole),
            html.Shown("why", _("Why excluded"), numeric=False),
        ],
        caption=_("Rows by table"),
    )
