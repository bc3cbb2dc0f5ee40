"""Which tables stand behind the report, and where are they? All of them, as files.

Takes what a run has written down of the files it wrote; returns a finding that lists them, with
links where the page lies beside the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import quote

import pandas as pd

from saydo.languages import contract_name, number
from saydo.languages import gettext as _
from saydo.report.escaping import escape
from saydo.report.finding import Finding
from saydo.report.listing import listing
from saydo.report.table_titles import GROUPS
from saydo.report.written import REJECTS, Written, rounded

KINDS = {"csv": "CSV", "parquet": "Parquet", "xlsx": "XLSX"}
"""Of files, by the end of their name."""

SINGLE = "assignments"
"""The table of single customers."""

_COLUMNS = ("table", "title", "rows", "columns", *KINDS)


def downloads(written: Mapping[str, Written], *, with_links: bool) -> Finding:
    """Every table of a run, with what it is, how large, and its files.

    Args:
        written: By name; what was written of each.
        with_links: Whether the files lie beside the page.

    Returns:
        Its table has a row per table: `table` (name), `title`, `rows`, `columns`, and `csv`,
        `parquet`, `xlsx` (bytes of the file; missing where there is none).
    """
    parts = dict(_parts(written))
    records = [
        {"table": name, "title": title, "rows": each["rows"], "columns": each["columns"]}
        | {PurePosixPath(path).suffix[1:]: size for path, size in each["files"].items()}
        for titles in parts.values()
        for name, title in titles.items()
        for each in [written[name]]
    ]
    body = "".join(
        _table(part, titles, written, with_links=with_links) for part, titles in parts.items()
    )
    sentence = _("Every number in this report comes from one of these tables.")
    if any(_is_too_large(each) for each in written.values()):
        sentence += " " + _("Some are too large for a spreadsheet: use CSV or Parquet.")
    return Finding(
        table=pd.DataFrame(records, columns=list(_COLUMNS)), sentence=sentence, body=body
    )


def _parts(written: Mapping[str, Written]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Names and titles by part of the report; what has no title stands last."""
    for part, titles in GROUPS.items():
        there = {name: _(title) for name, title in titles.items() if name in written}
        if there:
            yield _(part), there
    rejected = {
        name: contract_name(name.removeprefix(REJECTS))
        for name in written
        if name.startswith(REJECTS)
    }
    told = {*rejected, *(name for titles in GROUPS.values() for name in titles)}
    others = {name: name for name in written if name not in told}
    if others:
        yield _("Other tables"), others
    if rejected:
        yield _("Rows that could not be read rightly"), rejected


def _table(
    part: str, titles: Mapping[str, str], written: Mapping[str, Written], *, with_links: bool
) -> str:
    heads = [_("Table, and its rows × columns"), *KINDS.values()]
    rows = [
        [_named(name, title, written[name]), *_files(written[name], with_links=with_links)]
        for name, title in titles.items()
    ]
    return listing(heads, rows, caption=part, kind="files sizes", is_heading=True)


def _named(name: str, title: str, each: Written) -> str:
    """The table in words; below that its name, size, and what to beware of."""
    is_rejects = name.startswith(REJECTS)
    # Rejected rows have the name of the contract's table in words already.
    parts = [] if is_rejects else [f"<code>{escape(name)}</code>"]
    if each["columns"] is not None:
        parts.append(f"<bdi>{number(each['rows'] or 0, 0)} × {number(each['columns'], 0)}</bdi>")
    if name == SINGLE or is_rejects:
        warning = _("single {customers}: not for passing on")
        parts.append(f"· {escape(warning)}")
    return f'{escape(title)} <span class="note">{" ".join(parts)}</span>'


def _files(each: Written, *, with_links: bool) -> Iterator[str]:
    """Of each kind the link to the file, or why there is none."""
    by_kind = {PurePosixPath(path).suffix[1:]: path for path in each["files"]}
    for kind in KINDS:
        path = by_kind.get(kind)
        if path is None:
            yield _("too large") if kind == "xlsx" and _is_too_large(each) else "–"
            continue
        size = escape(_size(each["files"][path]))
        yield f'<a href="{escape(quote(path))}" download>{size}</a>' if with_links else size


def _size(n_bytes: int) -> str:
    told = rounded(n_bytes)
    if told < 1_000_000:
        size = _("{size} kB").format(size=number(told / 1000, 0))
    else:
        size = _("{size} MB").format(size=number(told / 1_000_000, 1))
    return size.replace(" ", "\N{NO-BREAK SPACE}")


def _is_too_large(each: Written) -> bool:
    kinds = {PurePosixPath(path).suffix for path in each["files"]}
    return ".parquet" in kinds and ".xlsx" not in kinds
