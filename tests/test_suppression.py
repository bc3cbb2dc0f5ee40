"""An attacker with all shown cells and all totals learns no small group."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from saydo.suppression import few, withheld

CELLS = st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4), min_size=2, max_size=6)


def with_all(rows, elsewhere):
    table = pd.DataFrame(rows, index=[f"s{place}" for place in range(len(rows))])
    return pd.concat([(table.sum() + elsewhere).to_frame("all").T, table])


def derivable(counts, hidden):
    """Cells that the totals of rows and the sum of segments to `all` determine: linear algebra."""
    everyone = np.vstack([counts, counts.loc["all"] - counts.drop(index="all").sum()])
    unknown = np.vstack([hidden, everyone[-1] > 0])
    places = np.argwhere(unknown)
    equations = []
    for row in range(len(everyone)):
        equations.append([float(place[0] == row) for place in places])
    for column in range(everyone.shape[1]):
        # all − segments − elsewhere = 0
        signs = [(1.0 if row == 0 else -1.0) * (one == column) for row, one in places]
        equations.append(signs)
    if not len(places):
        return []
    _, sizes, directions = np.linalg.svd(np.array(equations))
    free = directions[(sizes > 1e-9).sum() :]
    fixed = np.abs(free).max(axis=0, initial=0) < 1e-9
    return [int(everyone[tuple(place)]) for place in places[fixed]]


@settings(max_examples=300, deadline=None)
@given(rows=CELLS, elsewhere=st.sampled_from([0, 0, 3, 60]), min_cell=st.sampled_from([2, 11]))
def test_no_small_group_can_be_derived(rows, elsewhere, min_cell):
    counts = with_all(rows, elsewhere)
    hidden = withheld(counts, min_cell=min_cell)
    small = (counts > 0) & (counts < min_cell)
    assert not (small & ~hidden).any(axis=None)
    assert not (hidden & (counts == 0)).any(axis=None)
    for line, cells in [
        *((hidden.loc[name], counts.loc[name]) for name in counts.index),
        *(
            (hidden[name].drop("all"), counts[name].drop("all"))
            for name in counts
            # Without the total of the column there is nothing to subtract from.
            if not elsewhere and not hidden.loc["all", name]
        ),
    ]:
        has_more = (~line & (cells > 0)).any()
        assert not has_more or not line.any() or cells[line].sum() >= min_cell
    everything = (hidden | (counts == 0)).all(axis=None)
    for cell in derivable(counts, hidden):
        assert cell >= min_cell or cell == 0 or everything or _alone(counts, min_cell)


def _alone(counts, min_cell):
    """Some row or column has nothing else to hide behind."""
    held = counts > 0
    return bool((held.sum(axis=1) < 2).any() or (held.sum(axis=0) < 3).any())


def test_nothing_is_withheld_where_all_groups_are_large():
    assert not withheld(with_all([[20, 30], [40, 50]], 0), min_cell=11).any(axis=None)


def test_a_small_group_takes_its_neighbours_in_row_and_column_with_it():
    hidden = withheld(with_all([[5, 30, 90], [20, 50, 90], [70, 70, 90]], 0), min_cell=11)
    # 5, then 30 in its row; 20 in the column of the 5, 50 in that of the 30 (and in the 20's row).
    assert hidden.loc["s0"].tolist() == [True, True, False]
    assert hidden.loc["s1"].tolist() == [True, True, False]
    assert not hidden.loc[["s2", "all"]].any(axis=None)


def test_a_count_is_named_only_from_min_cell_on():
    assert few(11, min_cell=11) == "11"
    assert few(10, min_cell=11) == "fewer than 11"
    assert few(0, min_cell=1) == "fewer than 1"


def test_one_cell_serves_its_row_and_its_column_where_it_can():
    # Two small groups in two rows and columns: the other two corners hide both.
    hidden = withheld(
        with_all([[2, 22, 76, 109], [97, 178, 104, 5], [60, 18, 78, 196]], 0), min_cell=11
    )
    assert hidden.sum().sum() == 4
    assert hidden.loc[["s0", "s1"], [0, 3]].all(axis=None)


def test_a_cell_that_follows_from_several_lines_together_is_protected():
    # The 5 is the only way from the first two rows and columns to the last two: what is withheld
    # in those rows, less what is withheld in those columns, leaves it alone.
    counts = with_all(
        [[8, 8, 90, 91], [8, 8, 5, 92], [93, 94, 8, 8], [95, 96, 8, 8], [97, 98, 99, 99]], 0
    )
    hidden = withheld(counts, min_cell=11)
    assert hidden.loc["s1", 2]
    assert 5 not in derivable(counts, hidden)
