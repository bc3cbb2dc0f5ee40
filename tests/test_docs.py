"""The reference pages are those that the code gives."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
_spec = importlib.util.spec_from_file_location("make_docs", DOCS / "make_docs.py")
make_docs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_docs)


@pytest.mark.parametrize("name", make_docs.PAGES)
def test_a_reference_page_is_the_generated_one(name):
    # Made by: python docs/make_docs.py
    assert (DOCS / name).read_text("utf-8") == make_docs.PAGES[name]()


def test_every_params_key_is_explained():
    rows = [line for line in make_docs.params().splitlines() if line.startswith("| `")]
    unexplained = [line for line in rows if line.endswith("|  |")]
    assert len(rows) > 50
    assert unexplained == []
