"""How does a survey with one column per question become answers, one row each?

`long_answers` turns each row of a wide survey into one row per *cell*: an item and an aspect of
it. From here on answers are counted in cells (rows × item columns), so that used + rejected +
excluded still make what was read.
"""

from __future__ import annotations

import dataclasses

import ibis
import ibis.expr.types as ir

from saydo.tables.columns import ITEM_COLUMNS, Mapped
from saydo.tables.csv_files import RAGGED, RECORD

CELL = "__cell"
"""Column with the position of the cell among `Mapped.cells`."""


def long_answers(mapped: Mapped) -> Mapped:
    """A wide survey with one row per cell; other tables as they are.

    Its relation has `CELL`, `item`, `aspect`, `score` (raw), `scale_min` and `scale_max` besides
    the columns that all questions of a respondent share.
    """
    if not mapped.cells:
        return mapped
    wide, cells = mapped.relation, mapped.cells
    kinds = {wide[cell.raw].type().copy(nullable=True) for cell in cells}
    alike = len(kinds) == 1
    values = [wide[cell.raw] if alike else wide[cell.raw].cast("string") for cell in cells]
    each = ibis.array(
        [ibis.struct({"cell": n, "value": value}) for n, value in enumerate(values)]
    ).unnest()
    shared = [name for name in (RECORD, RAGGED, *mapped.sources) if name in wide.columns]
    unnested = wide.select(*shared, __each=each)
    cell = unnested["__each"]["cell"]
    answers = unnested.select(
        *shared,
        score=unnested["__each"]["value"],
        item=ibis.array([cell.item for cell in cells])[cell],
        aspect=ibis.array([cell.aspect for cell in cells])[cell],
        scale_min=ibis.array([float(cell.scale[0]) for cell in cells])[cell],
        scale_max=ibis.array([float(cell.scale[1]) for cell in cells])[cell],
        **{CELL: cell.cast("int32")},
    )
    sources = {**mapped.sources, **{name: name for name in ITEM_COLUMNS}}
    return dataclasses.replace(mapped, relation=answers, sources=sources)


def is_blank(answers: ir.Table, mapped: Mapped, *, raw: str) -> ir.BooleanValue:
    """Whether a cell's value is one of the codes that mean no answer.

    Numbers are compared as numbers (11, "11" and "11.0" are the same); texts as written.

    Args:
        answers: Has `CELL`, `score` as a number, and the raw score.
        mapped: Knows the codes of each cell.
        raw: Name of the column with the raw score.
    """
    text = answers[raw].cast("string").strip()
    blank = ibis.literal(False)
    for codes in {cell.blank for cell in mapped.cells if cell.blank}:
        positions = [n for n, cell in enumerate(mapped.cells) if cell.blank == codes]
        numbers = [float(code) for code in codes if not isinstance(code, str)]
        texts = [code.strip() for code in codes if isinstance(code, str)]
        means_blank = answers.score.isin(numbers) if numbers else ibis.literal(False)
        if texts:
            means_blank = means_blank.fill_null(False) | text.isin(texts)
        blank = blank | (answers[CELL].isin(positions) & means_blank.fill_null(False))
    return blank
