"""What the pages of a run need, loaded once before their kernels are forked.

Not only modules: fonts, number formats and the first figure's many small caches take longer than
some of the imports. Nothing here may start a thread, as reading Parquet would: a fork copies none.
"""

from __future__ import annotations

import gc
import importlib
import pkgutil

import pandas as pd
import pyarrow.parquet

import saydo.report
import saydo.study
from saydo.drivers import worth
from saydo.languages import day, money, number, speak
from saydo.report import figures
from saydo.report.finding import svg

MODULES = tuple(
    importlib.import_module(module.name)
    for module in pkgutil.iter_modules(saydo.report.__path__, "saydo.report.")
    if module.name != "saydo.report.workbook"
)
"""Of the report; a study imports each when a page first asks for it. No page writes a workbook."""

LIBRARIES = (pyarrow.parquet, saydo.study, worth)


def _draw_once() -> None:
    table = pd.DataFrame(
        {"period": ["1", "2"], "value": [1.0, 2.0], "ci_low": [0.5, 1.5], "ci_high": [1.5, 2.5]}
    )
    with speak("en"):
        day(pd.Timestamp(2000, 1, 1))
        money(1.0, "EUR")
        svg(figures.trend(table, title="1", text=lambda value: number(value, 1)))


_draw_once()
# A page is short and small: what a collection of all would free it gives back at its end.
gc.set_threshold(300_000, 20, 20)
