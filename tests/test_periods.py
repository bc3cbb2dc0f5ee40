from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from saydo.periods import MONTHS, Period, last_periods


def test_a_quarter_that_is_not_over_is_not_shown():
    assert last_periods(date(2025, 12, 30), length="quarter", number=2) == [
        Period(date(2025, 4, 1), date(2025, 6, 30)),
        Period(date(2025, 7, 1), date(2025, 9, 30)),
    ]


def test_a_leap_february_is_a_whole_month():
    assert last_periods(date(2024, 2, 29), length="month", number=1)[0].n_days == 29
    assert last_periods(date(2024, 2, 28), length="month", number=1)[0].end == date(2024, 1, 31)


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.sampled_from(sorted(MONTHS)),
    st.integers(1, 30),
)
def test_periods_are_complete_adjoining_and_end_by_the_day_of_the_run(as_of, length, number):
    periods = last_periods(as_of, length=length, number=number)
    assert len(periods) == number
    assert periods[-1].end <= as_of
    assert all(left.after == right.start for left, right in pairwise(periods))
    # The period under way is the one left out, so no longer stretch is missing at the end.
    assert (as_of - periods[-1].end).days < {"month": 31, "quarter": 92, "year": 366}[length]
