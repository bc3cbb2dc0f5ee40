"""What stands behind the pages: what became of the rows read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from saydo.languages import contract_name, ngettext, number
from saydo.languages import gettext as _
from saydo.report import html
from saydo.report.finding import Finding


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
