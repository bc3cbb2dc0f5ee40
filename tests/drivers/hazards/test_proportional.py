"""The test of proportional hazards, against R's cox.zph (survival 3.5-3: the score test)."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.hazards.cox import cox
from saydo.drivers.hazards.proportional import ALL_TERMS, proportional_hazards
from saydo.errors import UnknownName

TIED = pd.DataFrame(
    {
        "start": [0, 0, 0, 2, 3, 0, 1, 4, 2, 5, 0, 3],
        "stop": [3, 5, 5, 6, 8, 4, 6, 9, 5, 9, 7, 10],
        "left": np.array([1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0], bool),
        "n": [2, 3, 1, 4, 2, 5, 1, 2, 3, 4, 2, 6],
        "x": [1, 3, 2, 5, 4, 4, 2, 3, 5, 4, 1, 5],
        "z": [0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 0, 1],
    }
)


@pytest.mark.parametrize(
    ("along", "x", "z", "everything"),
    [
        # R: e <- d[rep(seq_len(nrow(d)), d$n),]; f <- coxph(Surv(start,stop,left) ~ x+z, e)
        # cox.zph(f, transform = "km" | "identity" | "log")$table
        ("km", 2.41811216038945, 0.00285507034158, 7.87365980171080),
        ("identity", 1.5033530084610, 0.0112480639219, 6.0725747975780),
        ("log", 0.583924542689, 0.203557447045, 4.539814768935),
    ],
)
def test_tied_counted_late_spells_give_what_r_gives_on_rows(along, x, z, everything):
    table = proportional_hazards(cox(TIED, ["x", "z"]), along=along)
    assert table["term"].tolist() == ["x", "z", ALL_TERMS]
    assert table["chi2"].to_numpy() == pytest.approx([x, z, everything], rel=1e-7)
    assert table["df"].tolist() == [1, 1, 2]


def test_the_recidivism_data_give_the_numbers_of_r():
    # R: cox.zph(coxph(Surv(week, arrest) ~ fin+age+race+wexp+mar+paro+prio, rossi))$table
    rossi = pytest.importorskip("lifelines").datasets.load_rossi()
    spells = rossi.rename(columns={"week": "stop", "arrest": "left"}).assign(start=0, n=1)
    names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    table = proportional_hazards(cox(spells, names)).set_index("term")
    assert table.loc["age", "chi2"] == pytest.approx(5.9739816611519, rel=1e-7)
    assert table.loc["wexp", "p_value"] == pytest.approx(0.0398421115894, rel=1e-6)
    assert table.loc[ALL_TERMS, "p_value"] == pytest.approx(0.0134275065763, rel=1e-6)


def test_the_heart_transplants_give_the_numbers_of_r():
    # R: cox.zph(coxph(Surv(start,stop,event) ~ age+year+surgery+transplant, heart))$table
    table = pytest.importorskip("lifelines").datasets.load_stanford_heart_transplants()
    spells = table.rename(columns={"event": "left"}).assign(n=1)
    found = proportional_hazards(cox(spells, ["age", "year", "surgery", "transplant"]))
    expected = [
        0.8668747109156, 1.7164144292080, 0.0973950591169, 0.2029343881528, 3.4731022988458
    ]  # fmt: skip
    assert found["chi2"].to_numpy() == pytest.approx(expected, rel=1e-6)


def test_columns_of_one_term_are_tested_together_as_r_does():
    # R: f <- coxph(Surv(start,stop,left) ~ factor(x) + z, e); cox.zph(f)$table, after
    # e$x <- pmin(e$x, 4); e$x[e$x < 3] <- 1
    spells = TIED.assign(
        **{f"x{level}": (TIED["x"].clip(upper=4) == level).astype(float) for level in (3, 4)}
    )
    fit = cox(spells, ["x3", "x4", "z"])
    table = proportional_hazards(fit, terms={"x": ["x3", "x4"], "z": ["z"]})
    assert table["df"].tolist() == [2, 1, 3]
    expected = [0.799942225148, 2.315272115609, 3.778676874896]
    assert table["chi2"].to_numpy() == pytest.approx(expected, rel=1e-6)


def test_a_ratio_that_changes_is_found_and_its_slope_points_the_way_of_the_change():
    rng = np.random.default_rng(3)
    x = rng.integers(0, 2, 4000)
    # The hazard of those with x is a third at first and double after time 1.
    early = rng.exponential(np.where(x == 1, 3.0, 1.0))
    late = 1 + rng.exponential(np.where(x == 1, 0.5, 1.0))
    stop = np.where(early < 1, early, late)
    spells = pd.DataFrame({"start": 0.0, "stop": stop, "left": True, "n": 1, "x": x})
    row = proportional_hazards(cox(spells, ["x"])).iloc[0]
    assert row["p_value"] < 1e-6
    assert row["slope"] > 0


def test_an_unknown_time_or_column_is_named():
    fit = cox(TIED, ["x", "z"])
    with pytest.raises(UnknownName, match="km, identity, log"):
        proportional_hazards(fit, along="rank")
    with pytest.raises(UnknownName, match="x, z"):
        proportional_hazards(fit, terms={"y": ["y"]})
