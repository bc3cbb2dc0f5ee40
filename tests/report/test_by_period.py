"""The table behind small figures: every number that they draw, with its interval and n."""

import pandas as pd
from bs4 import BeautifulSoup

from saydo.languages import number
from saydo.report.by_period import Line, by_period

NPS = pd.DataFrame(
    {
        "period": ["Q1", "Q2", "Q3"],
        "value": [1.0, None, 3.0],
        "ci_low": [0.5, None, None],
        "ci_high": [1.5, None, None],
        "n": pd.array([10, None, None], dtype="Int64"),
    }
)


def test_each_period_has_a_row_and_each_line_a_column():
    shorter = NPS.head(1).assign(value=9.0)
    lines = [Line("NPS <b>", NPS, number), Line("CSAT", shorter, number)]
    page = BeautifulSoup(by_period(lines, caption="KPIs"), "html.parser")
    rows = [[cell.get_text(" ") for cell in row.find_all(["th", "td"])] for row in page("tr")]
    assert rows == [
        ["Period", "NPS <b>", "CSAT"],
        ["Q1", "1.0 0.5 to 1.5 n\xa0=\xa010", "9.0 0.5 to 1.5 n\xa0=\xa010"],
        ["Q2", "–", "–"],
        ["Q3", "3.0", "–"],
    ]
    assert page.summary.string == "Table (3 rows)"


def test_nothing_drawn_has_no_table():
    assert by_period([], caption="KPIs") == ""
