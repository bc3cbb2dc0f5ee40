"""What models, their terms and their tests are called in findings."""

from __future__ import annotations

import re

from saydo.drivers.covariate_names import covariate_label
from saydo.drivers.model_table import EFFECT
from saydo.languages import gettext as _
from saydo.languages import noop, number

FORMS = {
    "linear": noop("straight"),
    "curved": noop("curved"),
    "spline": noop("smooth curve"),
    "threshold": noop("with a kink"),
    "levels": noop("by level"),
}

LEAST_P = 0.001
"""Smaller p-values are not told apart."""


def form_label(name: str) -> str:
    """What a form is called."""
    return _(FORMS.get(name, name))


def model_label(name: str) -> str:
    """What a model of `tables/retention_models` is called: adjusted, by level."""
    adjusted, form = name.split(" ", 1)
    word = _("adjusted") if adjusted == "adjusted" else _("unadjusted")
    return _("{model}, {form}").format(model=word, form=form_label(form))


def term_label(name: str) -> str:
    """What a term of a model is called: market[North], satisfaction²."""
    if name == EFFECT:
        return _("marginal effect (pp)")
    if name == "intercept":
        return _("intercept")
    kind = _SATISFACTION.fullmatch(name)
    if kind is None:
        return covariate_label(name)
    if kind["kink"]:
        return _("satisfaction above {point}").format(point=number(float(kind["kink"]), 1))
    if kind["spline"]:
        return _("satisfaction, bend {nth}").format(nth=kind["spline"])
    return _("Satisfaction").lower() + kind["rest"]


_SATISFACTION = re.compile(
    r"satisfaction(?: above (?P<kink>[-\d.]+)| spline (?P<spline>\d+)|(?P<rest>²|\[.*\]|))"
)
"""Terms of a form, as `saydo.drivers.design.FORMS` names them."""


def p_value(value: float) -> str:
    """A p-value in a table: 0.225, or < 0.001."""
    if value < LEAST_P:
        return _("< {least}").format(least=number(LEAST_P, 3))
    return number(value, 3)


def p_in_words(value: float) -> str:
    """A p-value in a sentence: p = 0.225, or p < 0.001."""
    words = f"p {p_value(value)}" if value < LEAST_P else f"p = {p_value(value)}"
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def as_sentence(reason: str) -> str:
    """A reason, which may be a clause, with its capital and full stop."""
    if not reason:
        return ""
    return f"{reason[:1].upper()}{reason[1:]}" + ("" if reason.endswith(".") else ".")
