"""Which engine does `data.engine` open? With Spark: `tests/spark`."""

import sys

import pytest

from saydo.errors import DataError
from saydo.tables.engine import open_engine


def test_without_pyspark_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "saydo.tables.spark", None)
    with pytest.raises(DataError, match=r"ENGINE names .* not installed.*saydo\[spark\].*Java 17"):
        open_engine("ENGINE", environment={"ENGINE": "pyspark://"})
