"""What must not leave this machine."""

from __future__ import annotations

import html
import json
import sys

import markupsafe
import pytest

from saydo.runs.places import Places


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "R&D's é project"
    folder.mkdir()
    return folder


def escaped_as_beautiful_soup_does(text: str) -> str:
    return html.escape(text, quote=False)


def escaped_as_jinja_does(text: str) -> str:
    return str(markupsafe.escape(text))


@pytest.mark.parametrize(
    "written",
    [str, json.dumps, html.escape, escaped_as_beautiful_soup_does, escaped_as_jinja_does],
)
def test_the_project_is_nowhere_named(folder, written):
    places = Places.of(folder, out=folder / "reports")
    text = written(f'File "{folder}/notebooks/x.py", line 3; {folder}/reports/acme; {folder}')
    clean = places.without(text)
    assert str(folder.parent) not in clean
    assert "./notebooks/x.py" in clean
    assert "reports/acme" in clean


def test_the_environment_and_the_cells_of_a_process_are_not_named(folder):
    places = Places.of(folder, out=folder)
    clean = places.without(f"{sys.prefix}/x.py /tmp/ipykernel_123/456.py:2: UserWarning: beware")
    assert clean == "python/x.py cell:2: UserWarning: beware"


def test_a_place_is_not_found_inside_a_longer_name(folder):
    places = Places((("/data", "."),))
    text = "/database https://example.org/data x/data"
    assert places.without(text) == text
    assert places.without("/data/orders.csv") == "./orders.csv"


def test_what_a_secret_holds_is_replaced_by_its_name(folder, monkeypatch):
    monkeypatch.setenv("WAREHOUSE", "postgres://me:hunter2@db/acme")
    places = Places.of(folder, out=folder, variables=("WAREHOUSE", "NOT_SET"))
    message = 'could not connect to "postgres://me:hunter2@db/acme": refused'
    assert places.without(message) == 'could not connect to "$WAREHOUSE": refused'
