"""The curve: what it says follows from its tables, and what is withheld stays withheld."""

import numpy as np
import pandas as pd
import pytest

from saydo.report.curve import curve

LEVELS = [1.0, 2, 3, 4, 5]
WITHHELD = "withheld: fewer than 11 customers, or would reveal such a group"


def predicted(model, shares, *, is_headline=False, verdict="estimated"):
    shares = np.array(shares, float)
    return pd.DataFrame(
        {
            "segment": "a",
            "model": model,
            "satisfaction": LEVELS,
            "retention": shares,
            "ci_low": shares - 4,
            "ci_high": shares + 2,
            "n": 500,
            "n_left": 60,
            "verdict": verdict,
            "reason": "",
            "is_headline": is_headline,
        }
    )


def forms(returns="diminishing", *, p_of_kink=0.2, **changes):
    found = pd.DataFrame(
        {
            "segment": "a",
            "form": ["linear", "curved", "threshold"],
            "n": 500,
            "n_left": 60,
            "df": [2, 3, 4],
            "aic": [100.0, 99.0, 101.0],
            "p_value": [np.nan, 0.08, p_of_kink],
            "log_loss": [0.302, 0.3011, 0.305],
            "is_chosen": [True, False, False],
            "kink": [np.nan, np.nan, 3.0],
            "kink_low": [np.nan, np.nan, 2.0],
            "kink_high": [np.nan, np.nan, 4.0],
            "gain_below": 6.0,
            "gain_above": 1.5,
            "contrast": -4.5,
            "contrast_low": -8.0,
            "contrast_high": -1.0,
            "returns": returns,
            "reason": "",
        }
    )
    return found.assign(**changes)


def counted():
    return pd.DataFrame(
        {
            "segment": "a",
            "satisfaction": LEVELS,
            "n": [40, 60, 100, 200, 100],
            "retention": [71.0, 82, 88, 93, 95],
            "reason": "",
        }
    ).astype({"n": "Int64"})


@pytest.fixture
def models():
    return pd.concat(
        [
            predicted("unadjusted curved", [70, 80, 87, 92, 95], verdict="association only"),
            predicted("adjusted curved", [72, 81, 88, 92, 94], is_headline=True),
            predicted("adjusted linear", [75, 82, 87, 91, 94]),
        ],
        ignore_index=True,
    )


def shown(models, compared, raw=None):
    raw = counted() if raw is None else raw
    return curve(models, compared, raw, segment="a", item="satisfaction")


def test_the_model_that_speaks_stands_beside_its_unadjusted_one_and_the_counts(models):
    table = shown(models, forms()).table
    assert table["retention"].to_list() == [72, 81, 88, 92, 94]
    assert table["unadjusted"].to_list() == [70, 80, 87, 92, 95]
    assert table["observed"].to_list() == [71, 82, 88, 93, 95]
    assert table["n"].to_list() == [40, 60, 100, 200, 100]


def test_diminishing_returns_are_told_with_both_halves_and_the_interval_of_their_difference(models):
    sentence = shown(models, forms()).sentence
    assert sentence.startswith("A point brings less, the higher the answer already is.")
    assert "+6.0 percentage points of staying, in the upper half with +1.5" in sentence
    assert "−4.5 (95% interval −8.0 to −1.0; n\xa0=\xa0500)" in sentence


def test_the_form_that_told_best_of_others_is_named_but_another_speaks(models):
    finding = shown(models, forms())
    assert "the form “curved” told best who stayed (log-loss 0.3011)" in finding.sentence
    levels = models.assign(is_headline=False)
    levels = pd.concat(
        [levels, predicted("adjusted levels", [72, 80, 88, 92, 94], is_headline=True)]
    )
    assert "The form that speaks, “by level”, was laid down" in shown(levels, forms()).sentence


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (
            0.2,
            "No kink shows (p\xa0=\xa00.200); if there is one, it lies at 3 (95% interval 2 to 4).",
        ),
        (0.0001, "There is a kink (p\xa0<\xa00.001): at 3 (95% interval 2 to 4)."),
        (np.nan, "If there is a kink, it lies at 3 (95% interval 2 to 4)."),
    ],
)
def test_a_kink_is_claimed_only_where_its_search_finds_one(models, p, words):
    assert words in shown(models, forms(p_of_kink=p)).sentence


def test_where_returns_cannot_be_told_the_sentence_says_so(models):
    sentence = shown(models, forms("unclear", contrast_low=-9.0, contrast_high=2.0)).sentence
    assert "more at the bottom of the scale or at the top can't be told" in sentence
    assert "brings less" not in sentence


def test_what_is_withheld_is_neither_drawn_nor_told_and_says_so(models):
    hidden = models["satisfaction"] == 5
    models.loc[hidden, ["retention", "ci_low", "ci_high"]] = np.nan
    models.loc[hidden, "reason"] = WITHHELD
    raw = counted()
    raw.loc[raw["satisfaction"] == 5, ["n", "retention"]] = pd.NA
    telling = ["aic", "p_value", "log_loss", "gain_below", "gain_above", "contrast"]
    compared = forms(reason=WITHHELD, **dict.fromkeys(telling, np.nan))
    finding = shown(models, compared, raw)
    assert "Withheld: fewer than 11 customers" in finding.sentence
    assert "percentage points" not in finding.sentence and "log-loss" not in finding.sentence
    assert finding.table.set_index("satisfaction").loc[5, "reason"] == WITHHELD
    assert "5:" not in finding.alternative
    (axes,) = finding.figure().axes
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert ticks == ["1\n40", "2\n60", "3\n100", "4\n200", "5\n–"]


def test_a_refused_segment_has_the_reason_and_no_curve():
    refused = pd.DataFrame(
        {
            "segment": ["a"],
            "model": "adjusted levels",
            "satisfaction": np.nan,
            "retention": np.nan,
            "verdict": "refused",
            "reason": "Only 3 left.",
            "is_headline": False,
        }
    )
    empty = forms(returns=np.nan).head(1)
    finding = curve(refused, empty, counted(), segment="a", item="satisfaction")
    assert (finding.verdict, finding.reason, finding.draw) == ("refused", "Only 3 left.", None)


def test_an_unadjusted_model_that_speaks_has_nothing_beside_it(models):
    alone = models[models["model"] == "unadjusted curved"].assign(is_headline=True)
    finding = shown(alone, forms())
    assert finding.table["unadjusted"].isna().all()
    assert "Unadjusted" not in finding._repr_html_()
