"""A run over segments that people, or attackers, gave names that are no file names, and over what
they wrote as comments."""

from __future__ import annotations

import csv
import json
import shutil
from base64 import b64decode
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook

from saydo.runs.run import run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LONG = "Customers who " + "x" * 286
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[here](javascript:alert(1)) **bold** `code`",
    "$$x^2$$ \\frac{1}{2}",
    '=HYPERLINK("https://example.org","here")',
    "abc\u202edef\u2066",
]
NAMES = ["A/B", "A-B", "😀", "عملاء", LONG, "CON", "../../x", "<b>R&D</b> {customers}", *HOSTILE]
EACH = 12
"""Customers per segment, so that all are shown."""

PARAMS = """\
study: Odd
as_of: 2025-12-31
periods: 2
data:
  tables:
    customers: {path: data/customers.parquet}
    orders: {path: data/orders.parquet}
    comments: {path: data/comments.csv}
retention: {kind: purchase, within_days: 90}
definitions: {review_channel: "<script>alert(1)</script>"}
segments: {method: column, column: group}
"""


def comments() -> pd.DataFrame:
    """Each hostile text as `EACH` comments on a channel of that name, and as two that can't be
    read, because their rating or their day is such a text too."""
    ratings = [("4", "2025-11-03")] * EACH
    written = [
        # By everybody in a segment, so that it may be told.
        {"customer_id": f"c{at + len(NAMES) * (number % EACH):03d}", "text": text, "channel": text}
        | {"rating": rating, "written_at": day, "comment_id": f"{text}{number}"}
        for at, text in enumerate(HOSTILE)
        for number, (rating, day) in enumerate([*ratings, (text, "2025-11-03"), ("4", text)])
    ]
    return pd.DataFrame(written)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a run over such segments, and everything that it lies among."""
    around = tmp_path_factory.mktemp("around")
    folder = around / "one" / "two" / "project"
    (folder / "notebooks").mkdir(parents=True)
    for name in ("1_segments", "2_scorecard", "4_overview", "6_tables"):
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder / "notebooks")
    (folder / "data").mkdir()
    ids = [f"c{number:03d}" for number in range(EACH * len(NAMES))]
    customers = pd.DataFrame({"customer_id": ids, "group": NAMES * EACH})
    customers.to_parquet(folder / "data" / "customers.parquet")
    orders = pd.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(3 * len(ids))],
            "customer_id": ids * 3,
            "ordered_at": pd.date_range("2025-01-01", "2025-12-30", 3 * len(ids)).round("s"),
            "revenue": 10.0,
        }
    )
    orders.to_parquet(folder / "data" / "orders.parquet")
    comments().to_csv(folder / "data" / "comments.csv", index=False)
    (folder / "p.yml").write_text(PARAMS, "utf-8")
    before = set(around.rglob("*"))
    manifest = run(folder / "p.yml", out=folder / "reports")
    return around, manifest, set(around.rglob("*")) - before


def page(made, path: str) -> BeautifulSoup:
    return BeautifulSoup((made[1].folder / path).read_text("utf-8"), "html5lib")


def slugs(made) -> dict[str, str]:
    table = pd.read_parquet(made[1].folder / "tables" / "segments.parquet")
    return dict(zip(table["segment"], table["slug"], strict=True))


def shown(name: str) -> str:
    """A name without the characters that would turn round what stands beside it."""
    return name.replace("\u202e", "")


def test_every_page_is_made_in_a_safe_file_of_its_own(made):
    _around, manifest, new = made
    assert manifest.complete
    found = slugs(made)
    assert set(found) == {"all", *NAMES}
    assert len({slug.casefold() for slug in found.values()}) == len(found)
    for slug in found.values():
        assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert (manifest.folder / slug / "scorecard.html").is_file()
    assert "con" not in {file.stem.lower() for file in new}
    assert max(len(file.name) for file in new) < 120


def test_nothing_is_written_outside_the_reports(made):
    _around, manifest, new = made
    reports = manifest.folder.parents[1]
    outside = [file for file in new if not file.is_relative_to(reports)]
    assert outside == []
    assert all(file.resolve().is_relative_to(reports.resolve()) for file in new)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_bears_the_true_name_in_title_and_heading(made, name):
    html = page(made, f"{slugs(made)[name]}/scorecard.html")
    assert html.title.string == f"Scorecard · {name} · Odd"
    over_heading = html.h1.find_previous(class_="eyebrow")
    assert over_heading.get_text() == name
    # As text, not as an element.
    assert html.find("b", string="R&D") is None


def test_every_link_leads_to_a_page_of_the_run_or_to_the_list_of_runs(made):
    folder = made[1].folder
    files = [*folder.rglob("*.html"), folder.parent / "index.html"]
    assert len(files) == 3 + len(NAMES) + 2
    for file in files:
        html = BeautifulSoup(file.read_text("utf-8"), "html5lib")
        links = [link["href"] for link in html.find_all("a", href=True)]
        inner = [link for link in links if not link.startswith("#")]
        assert inner
        for link in inner:
            target = (file.parent / unquote(link)).resolve()
            assert target.is_file() and target.is_relative_to(folder.parent.resolve()), link


def test_the_overview_leads_to_each_segment_by_its_name(made):
    html = page(made, "index.html")
    leads = {link.get_text(): link["href"] for link in html.find_all("a", href=True)}
    for name, slug in slugs(made).items():
        if name != "all":
            (href,) = {href for text, href in leads.items() if shown(name) in text}
            assert href == f"{slug}/scorecard.html"


def test_tables_and_manifest_keep_the_true_names(made):
    folder = made[1].folder
    assigned = pd.read_parquet(folder / "tables" / "assignments.parquet")
    assert assigned["segment"].value_counts().to_dict() == dict.fromkeys(NAMES, EACH)
    pages = json.loads((folder / "manifest.json").read_text("utf-8"))["pages"]
    assert {each["segment"] for each in pages if each["segment"]} == {"all", *NAMES}


def test_no_name_becomes_an_element_a_link_or_a_script(made):
    for file in made[1].folder.rglob("*.html"):
        html = BeautifulSoup(file.read_text("utf-8"), "html5lib")
        assert all("sortable" in script.string for script in html.find_all("script")), file
        assert all(image["src"].startswith("data:image/svg+xml") for image in html.find_all("img"))
        attributes = {attribute for tag in html.find_all(True) for attribute in tag.attrs}
        assert not any(attribute.startswith("on") for attribute in attributes), file
        hrefs = [link["href"] for link in html.find_all("a", href=True)]
        assert not any(":" in href for href in hrefs), file
        texts = {tag.get_text() for tag in html.find_all(["strong", "code", "em"])}
        assert not texts & {"bold", "code"}, file


def test_figures_and_their_descriptions_have_names_as_text(made):
    said, drawn = "", ""
    for image in [
        *page(made, "index.html").find_all("img"),
        *page(made, "segments.html").find_all("img"),
    ]:
        said += image["alt"]
        svg = ElementTree.fromstring(b64decode(image["src"].partition("base64,")[2]))
        texts = svg.iter("{http://www.w3.org/2000/svg}text")
        drawn += " ".join("".join(text.itertext()) for text in texts)
        tags = {element.tag.rpartition("}")[2] for element in svg.iter()}
        assert not tags & {"script", "image", "a", "foreignObject"}
    assert "<script>alert(1)</script>" in said
    assert "$$x^2$$" in said and "$$x^2$$" in drawn
    assert "\u202e" not in said + drawn


def test_no_text_on_a_page_turns_round_what_stands_beside_it(made):
    for file in made[1].folder.rglob("*.html"):
        html = BeautifulSoup(file.read_text("utf-8"), "html5lib")
        # A name by itself, in an element that isolates it, may have what its author typed.
        for isolated in html.find_all("bdi"):
            isolated.decompose()
        assert "\u202e" not in html.body.get_text(), file


def test_comments_are_kept_as_they_were_typed_and_inert_where_they_come_out(made):
    _around, manifest, _new = made
    written = comments()
    assert manifest.rows["comments"].read == len(written)
    with (manifest.folder / "rejects" / "comments.csv").open(newline="", encoding="utf-8") as file:
        rejected = list(csv.DictReader(file))
    assert len(rejected) == manifest.rows["comments"].rejected == 2 * len(HOSTILE)
    raw = [json.loads(row["row"]) for row in rejected]
    assert {row["text"] for row in raw} == {row["channel"] for row in raw} == set(HOSTILE)
    for row, told in zip(rejected, raw, strict=True):
        assert row["column"] in ("rating", "written_at") and told[row["column"]] == told["text"]
    # The others count, by the name of their channel.
    kpis = pd.read_parquet(manifest.folder / "tables" / "kpis.parquet").query("segment == 'all'")
    reviews = kpis[(kpis["kpi"] == "review_rating") & (kpis["n"] > 0)]
    assert reviews[["value", "n"]].to_numpy().tolist() == [[4, EACH]]


def test_no_cell_of_a_csv_file_or_a_workbook_is_a_formula(made):
    folder = made[1].folder
    names = set()
    for file in folder.rglob("*.csv"):
        with file.open(newline="", encoding="utf-8") as source:
            cells = {cell for row in csv.reader(source) for cell in row}
        assert not {cell for cell in cells if cell.startswith(("=", "@", "\t", "\r"))}, file
        names |= cells
    assert "'" + HOSTILE[4] in names
    books = list(folder.rglob("*.xlsx"))
    assert len(books) > 2
    for file in books:
        for sheet in load_workbook(file):
            cells = [cell for row in sheet.iter_rows() for cell in row]
            assert not [cell.value for cell in cells if cell.data_type == "f"], file
            assert not [cell.value for cell in cells if cell.hyperlink], file
