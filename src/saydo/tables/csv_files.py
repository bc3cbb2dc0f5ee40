"""Which fields does each record of a text file have?

`read_csv` takes the path of a .csv, .tsv, .txt or .csv.gz file and gives a `CsvFile`: its header,
delimiter, the SQL by which DuckDB reads every field as text in the order of the file, and the line
of each record. Nothing is interpreted here: `00123` and `NA` stay what they are, and only an empty
field is null.

A record with fewer or more fields than the header is *ragged*: `RAGGED` says so and its fields
can't be trusted. Blank lines are no records: they are neither read nor rejected.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import sqlglot as sg

from saydo.languages import gettext as _
from saydo.params import Format
from saydo.tables import text_files
from saydo.tables.text_files import TextFile, Unreadable

RECORD = "__record"
"""Column with the number of the record in its file, from 1."""
RAGGED = "__ragged"
"""Column that is 1 where a record has more fields than the header, -1 where fewer, else 0."""

SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_DELIMITERS = (",", ";", "\t", "|")
_SPOKEN = {"\t": "tab", " ": "space"}
_LOOK_AT = 1000
# Stands for null in DuckDB's reader and occurs in no text file, so that an empty field is '' and
# only
# a field that is not there is null.
_NEVER = "\\x01never"


@dataclass(frozen=True)
class CsvFile:
    """A text file with fields, and how to read it."""

    text: TextFile
    header: tuple[str, ...]
    delimiter: str
    delimiter_detected: bool
    quote: str

    @cached_property
    def _starts(self) -> tuple[array[int], bool]:
        return text_files.record_lines(self.text.path, delimiter=self.delimiter, quote=self.quote)

    @property
    def _needs_csv(self) -> bool:
        """Whether lines and records can differ; the quick way is to count lines."""
        return self.text.has_quotes or self.text.has_lone_cr

    @property
    def n_records(self) -> int:
        """Records after the header. Raises `Unreadable` where quotes can't be followed."""
        return (len(self._starts[0]) if self._needs_csv else self.text.n_lines) - 1

    def lines(self, numbers: Iterable[int]) -> Mapping[int, int]:
        """The line in the file on which each of these records starts."""
        if self._needs_csv:
            starts = self._starts[0]
        elif self.text.has_blank:
            starts = text_files.nonblank_lines(self.text.path)
        else:
            first = self.text.n_blank_before + 1
            return {number: first + number for number in numbers}
        return {number: starts[number] for number in numbers}

    def fields(self, numbers: Iterable[int]) -> dict[int, list[str]]:
        """All fields of these records, as the file has them."""
        wanted = set(numbers)
        found = text_files.records(
            self.text.path, delimiter=self.delimiter, quote=self.quote, strict=False
        )
        last = max(wanted, default=0)
        return {
            number: fields
            for number, (_, fields) in enumerate(islice(found, last + 1))
            if number in wanted
        }

    def select(self) -> str:
        """SQL that reads the file: the columns of its header, `RECORD` and `RAGGED`."""
        spans = self._needs_csv and self._starts[1]
        fields = [f"c{index}" for index in range(len(self.header))]
        types = ", ".join(f"{name}: 'VARCHAR'" for name in [*fields, "extra"])
        names = ", ".join(
            f"nullif({field}, '') AS {quoted(name)}"
            for field, name in zip(fields, self.header, strict=True)
        )
        return (
            f"SELECT {names}, row_number() OVER () AS {RECORD}, CASE WHEN extra IS NOT NULL "
            f"THEN 1 WHEN {fields[-1]} IS NULL THEN -1 ELSE 0 END::TINYINT AS {RAGGED} "
            f"FROM read_csv({file_literal(self.text.path)}, auto_detect=false, all_varchar=true, "
            f"header=false, skip={self.text.n_blank_before + 1}, delim={literal(self.delimiter)}, "
            f"quote={literal(self.quote)}, escape={literal(self.quote)}, null_padding=true, "
            f"strict_mode=false, parallel={str(not spans).lower()}, nullstr={literal(_NEVER)}, "
            f"compression={literal('gzip' if self.text.path.suffix == '.gz' else 'none')}, "
            f"columns={{{types}}})"
        )

    def detected(self) -> list[str]:
        """What was detected, in a few words each."""
        words = [self.text.encoding.upper()] if self.text.detected else []
        if self.delimiter_detected:
            words.append(_("delimiter {mark}").format(mark=spoken(self.delimiter)))
        return words


def read_csv(path: Path, form: Format, *, scratch: Path) -> CsvFile:
    """A text file's header and how to read it.

    Raises:
        Unreadable: The encoding does not fit, the delimiter can't be told, or names in the header
            are given twice.
    """
    quote = form.quote or '"'
    text = text_files.read_text(path, encoding=form.encoding, quote=quote, scratch=scratch)
    if not text.n_lines:
        raise Unreadable("it is empty; a header with the names of the columns is needed")
    delimiter = form.delimiter or _delimiter(text.path, quote)
    names = _first(text.path, delimiter, quote, 1)[0]
    return CsvFile(text, header_names(names), delimiter, form.delimiter is None, quote)


def quoted(name: str) -> str:
    """A name as DuckDB's SQL writes it."""
    return sg.to_identifier(name, quoted=True).sql(dialect="duckdb")


def literal(text: str) -> str:
    """A text as DuckDB's SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def file_literal(path: Path) -> str:
    """A path as DuckDB's SQL writes it: of one file, whose name may hold signs of a pattern."""
    return literal(re.sub(r"([*?\[])", r"[\1]", str(path)))


def spoken(delimiter: str) -> str:
    """A delimiter that can be seen: tab, or ';'."""
    return _SPOKEN.get(delimiter, f"'{delimiter}'")


def header_names(names: list[str]) -> tuple[str, ...]:
    """Names of all columns: one without a name is called by its position."""
    header = [name if name.strip() else f"column_{n}" for n, name in enumerate(names, start=1)]
    # DuckDB does not tell upper from lower case in names.
    seen = Counter(name.casefold() for name in header)
    twice = [name for name in header if seen[name.casefold()] > 1]
    if twice:
        raise Unreadable(
            f"its header names {', '.join(map(repr, twice))}: each column needs a name of its own "
            "(upper and lower case count as the same). Rename them in the file"
        )
    return tuple(header)


def _first(path: Path, delimiter: str, quote: str, number: int) -> list[list[str]]:
    found = text_files.records(path, delimiter=delimiter, quote=quote, strict=False)
    return [fields for _line, fields in islice(found, number)]


def _delimiter(path: Path, quote: str) -> str:
    """The delimiter under which the first records have as many fields as the header."""
    agreement: dict[str, float] = {}
    for delimiter in _DELIMITERS:
        header, *rows = _first(path, delimiter, quote, _LOOK_AT + 1)
        if len(header) > 1:
            alike = sum(len(row) == len(header) for row in rows)
            agreement[delimiter] = alike / len(rows) if rows else 1.0
    if len(agreement) == 1:
        return next(iter(agreement))  # The others don't occur in the header.
    likely = [delimiter for delimiter, share in agreement.items() if share > 0.5]
    if len(likely) == 1:
        return likely[0]
    if not agreement:
        return ","  # One column, so that no delimiter is to be seen.
    candidates = " and ".join(spoken(delimiter) for delimiter in likely or agreement)
    raise Unreadable(
        f"fields may be separated by {candidates}. Say which under format.delimiter"
        if likely
        else f"no delimiter gives its records as many fields as the header (tried {candidates}). "
        "Declare it under format.delimiter, or mend the file"
    )
