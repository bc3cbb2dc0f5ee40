"""Files as they come: from a params file to `rejects/`, through the command line."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from saydo.cli import app

# Line 1 is the header. 00123 comes twice; one row is short; one date lies far ahead.
ORDERS = """Nr;Kunde;Datum;Betrag;Gruppe
1;00123;31.01.2025;1 234,56;Möbel
2;NA;15.02.2025;99,90;Küche
3;00123;28.02.2025;10,00
4;00124;01.03.2025;20,00;Möbel
4;00124;02.03.2025;30,00;Möbel
5;00125;01.01.2099;40,00;Büro
6;00126;13.03.2025;viel;Büro
7;00127;05.01.2026;50,00;Büro
"""

PARAMS = """
study: Laden
currency: EUR
as_of: 2025-12-31
period: year
periods: 1
data:
  tables:
    orders:
      path: data/orders.csv
      columns:
        order_id: Nr
        customer_id: Kunde
        ordered_at: Datum
        revenue: Betrag
        category: Gruppe
retention: {kind: purchase, within_days: 90}
privacy: {min_cell: 1}
"""


@pytest.fixture(params=["utf-8-sig", "latin-1"])
def project(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("data", "notebooks", "params"):
        (tmp_path / folder).mkdir()
    (tmp_path / "data" / "orders.csv").write_bytes(ORDERS.encode(request.param))
    (tmp_path / "params" / "laden.yml").write_text(PARAMS)
    source = Path(__file__).parents[1] / "notebooks" / "1_segments.ipynb"
    (tmp_path / "notebooks" / source.name).write_text(source.read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rows_add_up_and_each_rejected_one_stands_with_its_line_and_reason(project):
    told = CliRunner().invoke(app, ["run", "params/laden.yml"])
    assert told.exit_code == 0, told.output
    folder = project / "reports" / "laden" / "2025-12-31"
    rows = json.loads((folder / "manifest.json").read_text())["rows"]["orders"]
    assert rows == {
        "read": 8,
        "used": 3,
        "rejected": 4,
        "excluded": {"after as_of": 1},
    }
    with (folder / "rejects" / "orders.csv").open(newline="") as file:
        rejected = {int(row["line"]): row for row in csv.DictReader(file)}
    assert set(rejected) == {4, 6, 7, 8}
    assert "4 fields where the header has 5" in rejected[4]["reason"]
    assert "already in line 5" in rejected[6]["reason"]
    assert "lies in the future" in rejected[7]["reason"]
    assert "'viel' is not a number" in rejected[8]["reason"]
    assert {row["file"] for row in rejected.values()} == {"data/orders.csv"}
    assert "Büro" in rejected[7]["row"]
    with (folder / "tables" / "assignments.csv").open() as file:
        assert file.read() == "customer_id,segment\n"


def test_ids_stay_text_and_amounts_are_read_by_their_own_marks(project):
    from datetime import date

    from saydo.params import load
    from saydo.tables.load import load_tables

    tables = load_tables(load("params/laden.yml"), project, as_of=date(2025, 12, 31))
    orders = tables["orders"].order_by("order_id").to_pandas()
    assert list(orders["customer_id"]) == ["00123", "NA", "00124"]
    assert list(orders["revenue"]) == [1234.56, 99.90, 20.00]
    assert list(orders["category"]) == ["Möbel", "Küche", "Möbel"]
    notes = " ".join(tables.notes)
    assert "delimiter" in notes
    assert "decimal mark" in notes
