"""Tables of results as files: Parquet and CSV, and a spreadsheet where one can hold the table.

Takes tables; returns what was written of each, for the page that lists them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from saydo.report.written import REJECTS, Written, rounded
from saydo.runs.digests import Digests
from saydo.runs.files import write
from saydo.runs.spreadsheet import spreadsheet

ROWS_TOGETHER = 5_000
"""Rows of a table that are read together, though only some be wanted."""


def write_tables(
    out: Path,
    tables: Mapping[str, pd.DataFrame],
    *,
    scorecard: bytes,
    rejects: Mapping[str, pd.DataFrame],
    as_of: date,
) -> Mapping[str, Written]:
    """Write all that readers may load, and return what was written.

    Args:
        out: Folder of the run.
        tables: Of results, by name.
        scorecard: The workbook of the scorecard.
        rejects: Rows that could not be read rightly, by table.
        as_of: Last day that is known.
    """
    book = {"tables/scorecard.xlsx": scorecard}
    written = {"scorecard": _written(out, book)}
    for name, table in tables.items():
        files = {
            f"tables/{name}.parquet": parquet(table),
            f"tables/{name}.csv": _csv(table),
            f"tables/{name}.xlsx": spreadsheet(name, table, as_of=as_of),
        }
        written[name] = _written(out, files, table)
    for name, table in rejects.items():
        file = {f"rejects/{name}.csv": _csv(table)}
        written[f"{REJECTS}{name}"] = _written(out, file, table)
    return written


def parquet(table: pd.DataFrame) -> bytes:
    """The table as a Parquet file."""
    content: bytes = table.to_parquet(index=False, row_group_size=ROWS_TOGETHER)
    return content


def digest_of_written(written: Mapping[str, Written]) -> Digests:
    """Changes with what a page tells of files: which there are, and their sizes as they are told.

    Not with each byte: sums come out with other last digits each time, and are as long.
    """
    told = {
        name: [
            each["rows"],
            each["columns"],
            {path: rounded(size) for path, size in each["files"].items()},
        ]
        for name, each in written.items()
    }
    text = json.dumps(told, sort_keys=True)
    return {"whole": hashlib.sha256(text.encode()).hexdigest()[:24], "segments": {}}


def _written(
    out: Path, files: Mapping[str, bytes | None], table: pd.DataFrame | None = None
) -> Written:
    """Write files, and tell of them; None is a file that there is none of."""
    sizes = {}
    for path, content in files.items():
        if content is not None:
            write(out / path, content)
            sizes[path] = len(content)
    rows, columns = (None, None) if table is None else table.shape
    return {"rows": rows, "columns": columns, "files": sizes}


def _csv(table: pd.DataFrame) -> bytes:
    text: str = inert(table).to_csv(index=False, lineterminator="\n")
    return text.encode()


def inert(table: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before each text that a spreadsheet would run as a formula.

    Names and comments are typed by the public, and who opens a CSV file in a spreadsheet runs what
    begins like a formula. Numbers written as text are left alone.

    References:
        OWASP, CSV Injection.
    """
    changed = {}
    for column in table.select_dtypes(include=["str", "object", "category"]):
        texts = table[column].astype("str")
        runs = texts.str.match(_FORMULA, na=False)
        if runs.any():
            changed[column] = texts.where(~runs, "'" + texts)
    return table.assign(**changed)


_FORMULA = r"[=@\t\r]|[+\-](?![\d.,\s]*$)"
