"""Responses made by hand, reduced as the engine would."""

import numpy as np
import pandas as pd
import pytest

from saydo.drivers.importance.responses import Responses


@pytest.fixture
def responses_of():
    """`Responses` of everyone, from a table of scores with `satisfaction`, on 1 to 5."""

    def make(scores, *, met=None, importances=None, segment="all"):
        attributes = tuple(scores.columns.drop("satisfaction"))
        table = scores.rename(columns={name: f"score_{name}" for name in attributes})
        for name in attributes:
            table[f"met_{name}"] = np.sign(scores[name] - 3) if met is None else met[name]
        if importances is None:
            importances = pd.DataFrame()
        stated = tuple(importances.columns)
        said = importances.add_prefix("importance_")
        return Responses(
            scores=_counted(table, segment),
            importances=_counted(said, segment) if stated else pd.DataFrame({"segment": []}),
            n_incomplete={segment: 0},
            attributes=attributes,
            stated=stated,
            references=dict.fromkeys(attributes, "middle"),
            scales={
                (name, aspect): (1.0, 5.0)
                for name in attributes
                for aspect in ("score", "importance")
            },
        )

    return make


def _counted(table, segment):
    counts = table.value_counts(sort=False, dropna=False).rename("n").reset_index()
    return counts.assign(segment=segment)
