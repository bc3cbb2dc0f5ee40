"""What shape has the way from satisfaction to staying? The curve of one segment.

Takes `tables/predictions`, `forms` and `dose_response`; returns a finding: predicted retention at
each answer, and the forms that the curve might have, compared. What the tables withhold is withheld
here, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from saydo.languages import gettext as _
from saydo.languages import listed, name, noop, number, percent, signed
from saydo.report import html, model_figures
from saydo.report.finding import Finding
from saydo.report.model_words import as_sentence, form_label, model_label, p_in_words, p_value

RETURNS = {
    "diminishing": noop("A point brings less, the higher the answer already is."),
    "increasing": noop("A point brings more, the higher the answer already is."),
    "straight": noop(
        "A point brings about as much at the bottom of the scale as at the top: in neither half "
        "twice as much as in the other."
    ),
    "unclear": noop(
        "Whether a point brings more at the bottom of the scale or at the top can't be told."
    ),
}
LEVEL = 0.05
"""P-value of the search under which there is said to be a kink."""

COUNT = partial(number, digits=0)
ONE = partial(signed, digits=1)


def curve(
    predictions: pd.DataFrame, forms: pd.DataFrame, raw: pd.DataFrame, *, segment: str, item: str
) -> Finding:
    """Predicted retention by answer, whether returns diminish, and the forms compared.

    Args:
        predictions, forms, raw: The tables `predictions`, `forms` and `dose_response`.
        segment: One of them.
        item: The question about satisfaction.
    """
    own, compared, counted = (
        table[table["segment"] == segment] for table in (predictions, forms, raw)
    )
    speaking = own[own["is_headline"].astype(bool)]
    if speaking["retention"].isna().all():
        row = own.iloc[-1] if speaking.empty else speaking.iloc[0]
        return Finding(own, "", row["verdict"], row["reason"])
    model = str(speaking["model"].iloc[0])
    table = _by_answer(own, speaking, counted)
    shown = table.dropna(subset=["retention"])
    question = _("Answer to {item}, and {customers} who gave it")
    return Finding(
        table=table,
        sentence=_told(compared, model),
        verdict=speaking["verdict"].iloc[0],
        draw=partial(
            model_figures.curve, question=question.format(item=name(item)), model=model_label(model)
        ),
        alternative=_("Predicted to stay, by answer: {values}.").format(
            values=listed(
                f"{COUNT(answer)}: {percent(share)}"
                for answer, share in zip(shown["satisfaction"], shown["retention"], strict=True)
            )
        ),
        columns=_columns(table, item=item, model=model),
        caption=_("Predicted retention by answer; n: {customers} who gave it"),
        body=_forms_table(compared),
    )


def _by_answer(own: pd.DataFrame, speaking: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """One row per answer: what the model says, adjusted and not, and what was counted."""
    model = str(speaking["model"].iloc[0])
    bare = f"un{model}" if model.startswith("adjusted") else ""
    unadjusted = own[own["model"] == bare].rename(columns={"retention": "unadjusted"})
    observed = counted.rename(columns={"retention": "observed", "reason": "why_not_counted"})
    table = speaking[["satisfaction", "retention", "ci_low", "ci_high", "reason"]]
    for beside, columns in (
        (unadjusted, ["unadjusted"]),
        (observed, ["observed", "n", "why_not_counted"]),
    ):
        part = beside[["satisfaction", *columns]].dropna(subset=["satisfaction"])
        table = table.merge(part, on="satisfaction", how="outer")
    reason = table["reason"].where(table["reason"] != "").fillna(table["why_not_counted"])
    return table.assign(reason=reason.fillna("")).drop(columns="why_not_counted")


def _columns(table: pd.DataFrame, *, item: str, model: str) -> list[html.Shown]:
    columns = [
        html.Shown("satisfaction", item, COUNT, numeric=False),
        html.Shown("n", "n", COUNT),
        html.Shown("observed", _("Counted"), percent),
        html.Shown("unadjusted", _("Unadjusted"), percent),
        html.Shown("retention", model_label(model), percent),
        *html.bounds(percent),
        html.Shown("reason", _("Why"), numeric=False),
    ]
    return _of_use(columns, table)


def _told(forms: pd.DataFrame, model: str) -> str:
    """Returns, kink, the form that told best, and which form speaks."""
    speaks = _(
        "The form that speaks, “{form}”, was laid down beforehand: intervals of one chosen by the "
        "data would be too short."
    ).format(form=form_label(model.split(" ", 1)[1]))
    return " ".join(filter(None, [_returns(forms.iloc[0]), _kink(forms), _best(forms), speaks]))


def _returns(row: pd.Series) -> str:
    """Whether a point brings more below or above, with both and their difference."""
    if pd.isna(row["returns"]):
        return ""
    words = RETURNS[str(row["returns"])]
    told = _(words)
    if pd.isna(row["contrast"]):
        return " ".join(filter(None, [told, as_sentence(row["reason"])]))
    words = _(
        "In the lower half of the answers it goes with {below} percentage points of staying, in "
        "the upper half with {above}: a difference of {contrast} (95% interval {low} to {high}; "
        "n = {n})."
    )
    numbers = words.format(
        below=ONE(row["gain_below"]),
        above=ONE(row["gain_above"]),
        contrast=ONE(row["contrast"]),
        low=ONE(row["contrast_low"]),
        high=ONE(row["contrast_high"]),
        n=COUNT(int(row["n"])),
    )
    return f"{told} {numbers}"


def _kink(forms: pd.DataFrame) -> str:
    """Where the curve bends if it does, and whether it does."""
    bent = forms[forms["kink"].notna()]
    if bent.empty:
        return ""
    row = bent.iloc[0]
    where = {name: COUNT(row[name]) for name in ("kink", "kink_low", "kink_high")}
    if pd.isna(row["p_value"]):
        words = _("If there is a kink, it lies at {kink} (95% interval {kink_low} to {kink_high}).")
        return words.format(**where)
    words = (
        _("There is a kink ({p}): at {kink} (95% interval {kink_low} to {kink_high}).")
        if row["p_value"] < LEVEL
        else _(
            "No kink shows ({p}); if there is one, it lies at {kink} (95% interval {kink_low} to "
            "{kink_high})."
        )
    )
    return words.format(p=p_in_words(row["p_value"]), **where)


def _best(forms: pd.DataFrame) -> str:
    """The form that told best of customers whom it had not seen what they did."""
    told = forms[forms["log_loss"].notna()]
    if len(told) < 2:
        return ""
    row = told.loc[told["log_loss"].idxmin()]
    words = _("Of those it had not seen, the form “{form}” told best who stayed (log-loss {loss}).")
    return words.format(form=form_label(row["form"]), loss=number(row["log_loss"], 4))


def _forms_table(forms: pd.DataFrame) -> str:
    """The comparison, folded."""
    table = forms.assign(is_chosen=forms["is_chosen"].map({True: "✓"}))
    columns = [
        html.Shown("form", _("Form"), form_label, numeric=False),
        html.Shown("n", "n", COUNT),
        html.Shown("n_left", _("Left"), COUNT),
        html.Shown("df", _("Coefficients"), COUNT),
        html.Shown("aic", "AIC", partial(number, digits=1)),
        html.Shown("p_value", "p", p_value),
        html.Shown("log_loss", _("Log-loss"), partial(number, digits=4)),
        html.Shown("kink", _("Kink"), COUNT),
        *html.bounds(COUNT, low="kink_low", high="kink_high"),
        html.Shown("is_chosen", _("Chosen"), numeric=False),
    ]
    # A reason that holds for all stands in the sentence.
    if forms["reason"].nunique() > 1:
        columns.append(html.Shown("reason", _("Why"), numeric=False))
    caption = _(
        "Forms of the log-odds of staying; in percent even a straight one flattens where nearly "
        "all stay. p: against the straight one. Log-loss: of those not seen; less is better. "
        "Chosen: the straight one, unless another is better by both"
    )
    shown = html.table(table, _of_use(columns, table), caption=caption)
    return html.folded(_("Forms compared"), shown)


def _of_use(columns: Sequence[html.Shown], table: pd.DataFrame) -> list[html.Shown]:
    """Those of the columns in which anything stands."""
    is_told = table.replace("", pd.NA).notna().any()
    return [column for column in columns if is_told[column.column]]
