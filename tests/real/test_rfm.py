"""RFM of the 94,983 customers of Olist, against the scores that the data bring with them.

`customers_rfm_all` has recency, frequency and monetary value per person, and scores that its makers
gave. The data may not be redistributed; see test_real.py.
"""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saydo.params import parse
from saydo.segments import assign
from saydo.segments.by_rfm import score_of
from saydo.tables.checked import Tables
from saydo.tables.load import load_tables

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SAYDO_REAL_DATA") or HERE.parents[2] / "shared" / "data")
FILE = DATA / "olist" / "full" / "customers_rfm_all.csv.gz"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FILE.is_file(), reason="needs ../shared/data or SAYDO_REAL_DATA"),
]
AS_OF = date(2018, 9, 4)
COLUMNS = {"recency": "recency", "frequency": "frequency", "monetary": "monetary"}


@pytest.fixture(scope="module")
def customers():
    """Checked tables, of which the attributes come with the customers."""
    query = """
        select customer_unique_id as customer_id, cast(recency as double) as recency,
            cast(frequency as double) as frequency, cast(monetary as double) as monetary,
            cast(r_score as int) as r_score, cast(m_score as int) as m_score
        from persons
    """
    return load_tables(study(sources=FILE, query=query), FILE.parent, as_of=AS_OF)


def study(sources: Path = FILE, query: str = "select 1", **segments: object):
    return parse(
        {
            "study": "Olist",
            "as_of": AS_OF,
            "data": {
                "sources": {"persons": {"path": str(sources)}},
                "tables": {"customers": {"query": query}},
            },
            "segments": {"method": "rfm", "columns": COLUMNS, **segments},
        }
    )


def test_frequency_has_its_published_shares(customers):
    params = study(cuts={"frequency": [1, 2, 3]})
    cuts = assign(customers, params, as_of=AS_OF).explained["segment_cuts"]
    frequency = cuts[cuts["measure"] == "frequency"]
    assert list((100 * frequency["share"]).round(4)) == [96.9605, 2.7910, 0.1979, 0.0505]
    assert list(frequency["n_customers"]) == [92096, 2651, 188, 48]


@pytest.mark.parametrize(
    ("measure", "column", "cut_points", "n_others"),
    [
        ("recency", "r_score", [98, 182, 273, 388], 576),
        ("monetary", "m_score", [55.36, 87.51, 133.05, 209.12], 12),
    ],
)
def test_their_scores_are_ours_but_for_ties_that_they_split(
    customers, measure, column, cut_points, n_others
):
    # Their makers ranked customers and cut the ranks into fifths, so that of customers with equal
    # values some have one score and some the next, by the order of the file; ours have the same.
    learned = assign(customers, study(), as_of=AS_OF).definition.learned
    assert learned[measure] == cut_points
    table = customers["customers"]
    ours = score_of(table[measure], learned[measure], measure)
    found = table.select("customer_id", value=measure, theirs=column, ours=ours).execute()
    others = found[found["ours"] != found["theirs"]]
    assert len(found) == 94983
    assert len(others) == n_others
    assert set(others["value"]) <= set(cut_points)
    assert (np.abs(others["ours"] - others["theirs"]) == 1).all()
    split = found.groupby("value")["theirs"].nunique()
    assert set(split.index[split > 1]) == set(others["value"])


def test_everyone_has_a_segment_whoever_comes_first_in_the_file(customers):
    table = assign(customers, study(), as_of=AS_OF).table.execute().set_index("customer_id")
    rows = customers["customers"].execute()
    backwards = Tables.of({"customers": rows.iloc[::-1].drop(columns=["r_score", "m_score"])})
    again = assign(backwards, study(), as_of=AS_OF).table.execute().set_index("customer_id")
    assert len(table) == 94983
    pd.testing.assert_series_equal(table["segment"].sort_index(), again["segment"].sort_index())
