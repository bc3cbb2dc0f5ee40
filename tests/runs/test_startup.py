"""What a command loads: nothing that it has no use for."""

import subprocess
import sys

LOADED = """\
import sys
from saydo.runs.startup import begin_light
begin_light()
import {module}
print(*sys.modules)
"""


def loaded(module: str) -> set[str]:
    code = LOADED.format(module=module)
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_a_run_that_makes_nothing_loads_no_library_for_tables_or_notebooks():
    heavy = {"pandas", "numpy", "pyarrow", "ibis", "nbformat", "papermill", "nbconvert", "jinja2"}
    for module in ("run", "run_list", "failed_pages"):
        assert not heavy & loaded(f"saydo.runs.{module}"), module


def test_notebooks_are_checked_without_a_parser_of_addresses():
    assert not {"lark", "rfc3987_syntax.syntax_helpers"} & loaded("nbformat.v4")


def test_pages_load_neither_what_learns_nor_what_writes_workbooks():
    assert not {"sklearn", "xlsxwriter", "duckdb", "statsmodels.api"} & loaded(
        "saydo.runs.preloaded"
    )
