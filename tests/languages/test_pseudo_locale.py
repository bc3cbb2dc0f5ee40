"""No text that is shown is left in English, found by reports in a language of marked letters."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from openpyxl import load_workbook

from saydo.kpis import KPIS
from saydo.languages import audiences
from saydo.params import Params
from saydo.runs import failures
from saydo.runs.failures import Failure
from saydo.runs.kernels import Executed
from saydo.runs.manifest import Manifest
from saydo.tables.contract import CONTRACT

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
READ_OUT = ("title", "alt", "aria-label", "placeholder", "data-find")
"""Attributes that are shown or read out."""
SILENT = {"style", "script", "metadata"}
OWN = {"code": "names of params, written as in params", "pre": "a notebook's source and traceback"}
"""Elements whose content is of no language."""

STAYS = {
    "n": "symbol of a sample's size",
    "p": "symbol of a p-value",
    "AIC": "Akaike's criterion, by its initials everywhere",
    "NPS": "a trademark",
    **dict.fromkeys(("CSV", "Parquet", "XLSX"), "names of formats"),
    "UTC": "by its initials everywhere",
    **dict.fromkeys(("saydo", "python", "pandas", "statsmodels"), "names of programs"),
}
"""Words with letters of English that may stay in any language, and why."""
NAMED = (
    r"notebooks/\w+\.ipynb",  # where a page's notebook lies
    r"\b(?:satisfaction|definitions|retention|segments|privacy)\.[a-z_]+",  # keys of params
    r"\b(?:retention|objectives)\b|`[^`]*`",  # the same
)
"""What is named as it is written elsewhere."""


OF_CONTRACT = {
    name
    for table in CONTRACT.values()
    for column in table.columns
    for name in (table.name, column.name, f"{table.name}.{column.name}")
}
"""Tables and columns, which a page names where something lacks them."""


class Reader(HTMLParser):
    """What is seen or heard of a page, its figures too: pairs of place and text."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[tuple[str, str]] = []
        self._within: list[tuple[str, bool]] = []
        self._section = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "link", "br", "img", "input", "use", "path", "circle"):
            self._within.append((tag, given.get("lang") == "en"))
        self.read += [(f"{tag}[{name}]", given[name] or "") for name in READ_OUT if name in given]
        for picture in pictures(given.get("src") or ""):
            self.read += [("figure", text) for _place, text in read_of(picture)]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        # Those within it whose end tags are left out end with it.
        while any(each == tag for each, _is_english in self._within):
            if self._within.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        is_ours = not any(tag in (*SILENT, *OWN) or english for tag, english in self._within)
        if data.strip() and is_ours:
            self.read.append((self._within[-1][0] if self._within else "", data.strip()))


def pictures(text: str) -> list[str]:
    """The SVGs within it."""
    found = re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", text)
    return [base64.b64decode(encoded).decode() for encoded in found]


def read_of(document: str) -> list[tuple[str, str]]:
    reader = Reader()
    reader.feed(document)
    reader.close()
    return reader.read


def english(text: str, names: re.Pattern[str]) -> list[str]:
    """Words in letters of English, but for names and words that stay."""
    return [word for word in re.findall(r"[A-Za-z]+", names.sub(" ", text)) if word not in STAYS]


def pattern_of(names: set[str]) -> re.Pattern[str]:
    """Finds any of these names, the longest first, where it is no part of a word."""
    longest = map(re.escape, sorted(filter(None, names), key=len, reverse=True))
    return re.compile(
        "|".join((*NAMED, *(rf"(?<![A-Za-z]){each}(?![A-Za-z])" for each in longest)))
    )


def names_in(manifest: Manifest) -> set[str]:
    """Names that somebody gave, and those of tables and columns."""
    params = Params.model_validate(manifest.params)
    columns = {
        "segments": "segment",
        "importance": "attribute",
        "market_positions": "market",
        "segment_profiles": "feature",
    }
    tables = manifest.folder / "tables"
    files = {tables / f"{table}.csv": column for table, column in columns.items()}
    found = {
        str(name)
        for file, column in files.items()
        if file.is_file()
        for name in pd.read_csv(file)[column].dropna()
    }
    for value in params.definitions.model_dump().values():
        found |= set(value) if isinstance(value, list | tuple) else {str(value)}
    found |= {each.voice for each in params.objectives}
    found |= {rule.when for rule in getattr(params.segments, "rules", ())}
    # As in params, but for the word for the people served.
    found |= {audiences.contract_name(name, audience=params.audience) for name in OF_CONTRACT}
    found |= {params.study, params.currency, getattr(params.segments, "column", "")}
    return found | ({params.satisfaction.item} if params.satisfaction else set())


def left_in_english(manifest: Manifest, *, also: set[str] = frozenset()) -> dict[str, list[str]]:
    """By page and place the texts that are not in the pseudo-language."""
    names = pattern_of(names_in(manifest) | also)
    reports = manifest.folder.parent
    left: dict[str, list[str]] = {}
    for file in sorted(reports.rglob("*.html")):
        if not file.is_relative_to(reports / "latest"):
            for place, text in read_of(file.read_text("utf-8")):
                if words := english(text, names):
                    key = f"{file.relative_to(reports)} {place}"
                    left.setdefault(key, []).append(f"{' '.join(words)} | {text}")
    return left


SMALL = {"objectives": None, "definitions": None, "satisfaction": None}
CASES = {
    "the sample": ("demo", ["all", "Price watchers"], {"language": "ru"}),
    "a town, from right to left": ("town", ["all", "Tight budgets"], {"language": "ar"}),
    "a short history, most of it withheld": (
        "demo",
        ["all", "On the clock"],
        {
            "language": "ru",
            "as_of": "2024-06-30",
            "period": "month",
            "privacy": {"min_cell": 300},
            "targets": ["On the clock"],
        },
    ),
    "a survey alone, by needs": (
        "demo",
        ["all"],
        {
            "language": "ru",
            "data": {"tables": {"answers": {"path": "data/acme/answers.parquet"}}},
            "segments": {"method": "needs", "clusters": 2},
            "retention": None,
            **SMALL,
        },
    ),
    "orders alone, by recency, frequency and money": (
        "demo",
        ["all"],
        {
            "language": "ru",
            "data": {"tables": {"orders": {"path": "data/acme/orders.parquet"}}},
            "segments": {"method": "rfm"},
            "retention": {"kind": "purchase", "within_days": 90},
            **SMALL,
        },
    ),
}
"""Studies whose pages differ: params, segments that pages are made of, and what is changed."""


@pytest.fixture(scope="module", params=CASES)
def report(pseudo_report, request: pytest.FixtureRequest) -> Manifest:
    params, segments, changed = CASES[request.param]
    manifest = pseudo_report(ROOT / "params" / f"{params}.yml", segments, changed)
    assert manifest.status == "ok", [page.error for page in manifest.failed]
    return manifest


def test_every_visible_text_is_translated(report):
    assert left_in_english(report) == {}


def test_every_text_of_the_workbook_is_translated(report):
    assert cells_in_english(report) == {}


def test_texts_of_figures_can_be_read_on_a_phone(report):
    """Nine pixels on a page 390 pixels wide, of which margins take 40."""
    small, n_figures = [], 0
    for file in report.folder.rglob("*.html"):
        for picture in pictures(file.read_text("utf-8")):
            n_figures += 1
            width = float(re.search(r'viewBox="0 0 ([\d.]+) ', picture)[1])
            sizes = [float(size) for size in re.findall(r"font-size: ?([\d.]+)px", picture)]
            small += [(file.name, size) for size in sizes if size * 350 / width < 9]
    assert n_figures > 5
    assert small == []


def stopped(notebook, parameters, **_options) -> Executed:
    """A page that fails, each notebook in another way."""
    content = nbformat.read(notebook.file, as_version=4)
    for cell in content.cells:
        cell.metadata["papermill"] = {"start_time": "2026-01-01"}
    failure = {
        "overview": failures.killed(content, "Killed"),
        "segments": failures.timed_out(content, 30),
        "definitions": Failure("MemoryError", ""),
    }.get(notebook.name, Failure("Xqz", "xqz", 2, "Drivers", "xqz", "xqz"))
    return Executed(content, failure)


def test_every_text_of_pages_that_failed_is_translated(pseudo_report):
    tables = {"orders": {"path": "data/acme/orders.parquet"}}
    changed = {"language": "ru", "data": {"tables": tables}, "segments": None, **SMALL}
    params = ROOT / "params" / "demo.yml"
    manifest = pseudo_report(params, ["all"], changed, execute=stopped)
    assert len(manifest.failed) == len(manifest.pages) > 4
    own = {"MemoryError", "Xqz", "xqz", "segment='all'", "JupyterLab", "failed.html", "index.html"}
    assert left_in_english(manifest, also=own) == {}
    assert (manifest.folder / "failed.html").is_file()


def cells_in_english(manifest: Manifest) -> dict[str, list[str]]:
    """By sheet the texts of the workbook that are not in the pseudo-language."""
    # Definitions are cited, and formulas are the same in all languages.
    cited = {text for kpi in KPIS.values() for text in (kpi.source, kpi.formula, kpi.name)}
    names = pattern_of(names_in(manifest))
    book = load_workbook(manifest.folder / "tables" / "scorecard.xlsx", read_only=True)
    left: dict[str, list[str]] = {}
    for sheet in book:
        texts = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
        for text in [sheet.title, *texts]:
            if isinstance(text, str) and text not in cited and (words := english(text, names)):
                left.setdefault(sheet.title, []).append(f"{' '.join(words)} | {text}")
    return left
