"""How do the tables reach the disk?

`Files` takes tables in parts, one part per chunk of customers, and writes each to a temporary name.
A thread encodes parts while the next chunk is made. Files get their names when everything is there,
so that nobody reads half a company.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from saydo.tables.contract import CONTRACT, ColumnType

FileFormat = Literal["parquet", "csv"]

ARROW: Mapping[ColumnType, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "instant": pa.timestamp("us"),
    "day": pa.date32(),
    "month": pa.date32(),
}
"""The Arrow type of each type of the contract. Instants have no time zone."""

MOST_WAITING = 12
"""Parts that wait to be encoded: about one chunk, which bounds memory."""


class Files:
    """The files of one company, written together: use it in a `with` block."""

    def __init__(self, folder: Path, file_format: FileFormat) -> None:
        self.folder, self.format = folder, file_format
        self._writers: dict[str, Any] = {}
        self._temporary: dict[Path, Path] = {}
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Files:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._thread.shutdown(cancel_futures=kind is not None)
            with ExitStack() as closing:
                for writer in self._writers.values():
                    closing.callback(writer.close)
                if kind is None:
                    for part in self._waiting:
                        part.result()
            if kind is None:
                for temporary, final in self._temporary.items():
                    temporary.replace(final)
        finally:
            for temporary in self._temporary:
                temporary.unlink(missing_ok=True)

    def write(self, name: str, columns: Mapping[str, pa.Array]) -> None:
        """Add rows to the table `name` of the contract."""
        self._waiting.append(self._thread.submit(self._encode, name, columns))
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft().result()

    def write_text(self, name: str, text: str) -> None:
        """Write the file `name`, which is text."""
        self._place(name).write_text(text, "utf-8")

    def _encode(self, name: str, columns: Mapping[str, pa.Array]) -> None:
        table = typed(name, columns, plain=self.format == "csv")
        if name not in self._writers:
            place = self._place(f"{name}.{self.format}")
            self._writers[name] = (
                _parquet(place, table.schema)
                if self.format == "parquet"
                else pyarrow.csv.CSVWriter(place, table.schema)
            )
        self._writers[name].write_table(table)

    def _place(self, name: str) -> Path:
        # With our process in the name: another one may be writing the same company.
        temporary = self.folder / f".{name}.{os.getpid()}.partial"
        self._temporary[temporary] = self.folder / name
        return temporary


def typed(name: str, columns: Mapping[str, pa.Array], *, plain: bool = False) -> pa.Table:
    """Columns as a table of the contract: in its order and of its types, others last.

    Args:
        name: A table of the contract.
        columns: Its columns; only `left`, which stands in for `left_on`, may be absent.
        plain: Without dictionaries and fractions of a second, as text files have it.
    """
    known = {column.name: ARROW[column.type] for column in CONTRACT[name].columns}
    order = [column for column in known if column != "left"]
    order += [column for column in columns if column not in known]
    arrays = {}
    for column in order:
        array = columns[column]
        wanted = known.get(column)
        if pa.types.is_dictionary(array.type):
            array = array.cast(array.type.value_type) if plain else array
        elif wanted is not None and array.type != wanted:
            array = array.cast(wanted)
        if plain and array.type == pa.timestamp("us"):
            array = array.cast(pa.timestamp("s"))
        arrays[column] = array
    return pa.table(arrays)


def _parquet(place: Path, schema: pa.Schema) -> Any:
    """A writer that stores ids and instants as differences, and all else by dictionary."""
    differences = {
        field.name: "DELTA_BYTE_ARRAY" if pa.types.is_string(field.type) else "DELTA_BINARY_PACKED"
        for field in schema
        if pa.types.is_string(field.type) or pa.types.is_timestamp(field.type)
    }
    return pyarrow.parquet.ParquetWriter(
        place,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[field.name for field in schema if field.name not in differences],
        column_encoding=differences,
        # The ids of a whole chunk: a column that outgrows its dictionary would be stored plain.
        dictionary_pagesize_limit=4 * 1024 * 1024,
        # How we held a column in memory (by dictionary) is no part of the table.
        store_schema=False,
    )
