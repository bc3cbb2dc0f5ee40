# ruff: noqa: E501  A table is read by its columns.
"""The words for the people served, in every language and in every form that sentences need.

`WORDS[language][form]` is a tuple of words, one per audience, in the order of `AUDIENCES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

AUDIENCES = (
    "customer",
    "citizen",
    "beneficiary",
    "member",
    "stakeholder",
    "voter",
    "patient",
    "student",
)
"""As `audience` in params names them."""

Forms = Mapping[str, tuple[str, ...]]


def _forms(table: str) -> Forms:
    """Forms from lines of words: the form, then a word per audience, between bars."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return MappingProxyType({form: tuple(words) for form, *words in rows})


WORDS: Mapping[str, Forms] = MappingProxyType(
    {
        "en": _forms("""
            customer  | customer | citizen | beneficiary | member | stakeholder | voter | patient | student
            customers | customers | citizens | beneficiaries | members | stakeholders | voters | patients | students
        """),
        "fr": _forms("""
            customer  | client | citoyen | bénéficiaire | membre | partenaire | électeur | patient | étudiant
            customers | clients | citoyens | bénéficiaires | membres | partenaires | électeurs | patients | étudiants
        """),
        "nl": _forms("""
            customer  | klant | burger | begunstigde | lid | belanghebbende | kiezer | patiënt | student
            customers | klanten | burgers | begunstigden | leden | belanghebbenden | kiezers | patiënten | studenten
        """),
        "ar": _forms("""
            customer  | عميل | مواطن | مستفيد | عضو | صاحب مصلحة | ناخب | مريض | طالب
            customers | عملاء | مواطنين | مستفيدين | أعضاء | أصحاب مصلحة | ناخبين | مرضى | طلاب
        """),
        "ru": _forms("""
            customer  | клиент | гражданин | благополучатель | участник | стейкхолдер | избиратель | пациент | студент
            customers | клиенты | граждане | благополучатели | участники | стейкхолдеры | избиратели | пациенты | студенты
        """),
    }
)
