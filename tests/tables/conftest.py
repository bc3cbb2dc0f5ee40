"""A study written down in a test: files, params, and what becomes of them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from saydo.params import parse
from saydo.tables.checked import Tables
from saydo.tables.load import load_tables

Load = Callable[..., Tables]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write files and load the tables that params name, as of the end of June 2025."""

    def loaded(
        tables: Mapping[str, Any],
        files: Mapping[str, str | bytes] | None = None,
        *,
        sources: Mapping[str, Any] | None = None,
        engine: str = "duckdb",
        as_of: date = date(2025, 6, 30),
        now: datetime = datetime(2026, 1, 1),
        **params: Any,
    ) -> Tables:
        for name, content in (files or {}).items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / name).write_bytes(data)
        data = {"engine": engine, "sources": dict(sources or {}), "tables": dict(tables)}
        study = parse({"study": "Test", "data": data, **params})
        return load_tables(study, tmp_path, as_of=as_of, now=now)

    return loaded
