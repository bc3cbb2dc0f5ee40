"""Write the reference pages from the code: `python docs/make_docs.py`. A test compares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from saydo.kpis import KPIS, THEMES, Kpi
from saydo.kpis.rivals import RIVALS, standard_of
from saydo.languages import gettext as _
from saydo.params import json_schema
from saydo.tables.contract import CONTRACT, TYPES, Column

HERE = Path(__file__).parent


def tables() -> str:
    """Every input table, column by column."""
    parts = [
        "# Input tables\n",
        "No table is required. A table that is given needs the columns marked *. What a KPI lacks "
        "is shown as *not measured (needs …)*. `columns` in the params file maps your names to "
        "these.\n",
        "Types: " + "; ".join(f"**{name}** {words}" for name, words in TYPES.items()) + ".\n",
    ]
    for table in CONTRACT.values():
        key = ", ".join(table.key)
        parts.append(f"## {table.name}\n\n{table.description}" + (f" Key: {key}." if key else ""))
        if table.extra:
            parts.append(f"\nOther columns are kept: {table.extra}.")
        parts.append("\n| column | type | unit | what it holds |\n|---|---|---|---|")
        parts += [
            f"| {column.name}{'*' if column.required else ''} | {column.type} | {column.unit} | "
            f"{_column(column)} |"
            for column in table.columns
        ]
        parts.append("")
    return "\n".join(parts)


_OF_DRIVERS = "one number per attribute, not per segment and period: belongs to the drivers"
_OF_COMMENTS = "what a comment means must be told from its words: comes with the comments' analysis"
LEFT_OUT = {
    "sentiment_net": f"{_OF_COMMENTS}; mentions that bear a rating are in `earned_mentions`",
    "topic_sentiment": _OF_COMMENTS,
    "ipa_gap": _OF_DRIVERS,
    "derived_importance_rwa": _OF_DRIVERS,
    "derived_importance_lmg": _OF_DRIVERS,
    "penalty_index": _OF_DRIVERS,
    "reward_index": _OF_DRIVERS,
    "elasticity_sat_ret": "the drivers' effect of one point of satisfaction on staying",
}
"""KPIs of the field that are none here, and why."""


def kpis() -> str:
    """Every KPI: definition, formula, interval, needs, source and pitfall."""
    parts = [
        "# KPIs\n",
        f"{len(KPIS)} KPIs, each with its n and, where chance has a part in it, a 95 % interval; "
        "how well the intervals keep that promise is in [coverage.md](coverage.md). `saydo kpis` "
        "lists the KPIs too, and `saydo kpis --json` gives every field. Rival definitions that the "
        "scorecard compares are at the end.\n",
    ]
    for theme, title in THEMES.items():
        declared = [kpi for kpi in KPIS.values() if kpi.theme == theme]
        parts.append(f"## {_(title)}\n")
        parts += [_kpi(kpi) for kpi in declared]
    parts.append("## Rival definitions\n")
    parts.append("| KPI | defined otherwise | formula |\n|---|---|---|")
    parts += [
        f"| {_(KPIS[standard_of(name)].label)} | {_(rival.label)} | {rival.formula} |"
        for name, rival in RIVALS.items()
    ]
    parts.append("\n## Left out\n\n| of the field | why |\n|---|---|")
    parts += [f"| {names} | {why} |" for names, why in LEFT_OUT.items()]
    return "\n".join(parts) + "\n"


def _kpi(kpi: Kpi) -> str:
    needs = [f"{table}.{column}" for table, columns in kpi.needs.items() for column in columns]
    settings = [*(["retention"] if kpi.uses else []), *kpi.settings]
    needs += [f"`{key}` in params" for key in settings]
    kept = [] if kpi.by_segment else ["not split by segment"]
    kept += ["of the last period only"] if kpi.last_only else []
    limits = f" ({', '.join(kept)})" if kept else ""
    return (
        f"### {_(kpi.label)} (`{kpi.name}`)\n\n{_(kpi.definition)}{limits}.\n\n"
        f"- **Formula** {kpi.formula}\n"
        f"- **Side** {kpi.side}; **unit** {kpi.unit}; **better** {kpi.better}; "
        f"**interval** {_(kpi.measure.interval)}\n"
        f"- **Needs** {', '.join(needs)}\n- **Source** {_(kpi.source)}\n"
        f"- **Beware** {_(kpi.pitfall)}\n"
    )


def params() -> str:
    """Every key of a params file."""
    schema = json_schema()
    parts = [
        "# Params\n",
        "One YAML file is one study. `params/schema.json` lets editors complete and check it; "
        "`saydo check` reports every problem at once. Paths start from the folder that holds "
        "`notebooks/`.\n",
        "| key | default | what it says |\n|---|---|---|",
        *_keys(schema, schema, ""),
    ]
    return "\n".join(parts) + "\n"


def _column(column: Column) -> str:
    parts = [column.description]
    if column.allowed:
        parts.append(f"One of {', '.join(column.allowed)}.")
    if column.low is not None or column.high is not None:
        low = "" if column.low is None else f"{column.low:g}"
        high = "" if column.high is None else f"{column.high:g}"
        parts.append(f"From {low or '−∞'} to {high or '∞'}.")
    if column.planned:
        parts.append("May lie in the future.")
    return " ".join(parts)


def _keys(schema: Mapping[str, Any], node: Mapping[str, Any], path: str) -> list[str]:
    """One row per key below `node`, depth first."""
    rows = []
    for name, field in node.get("properties", {}).items():
        here = f"{path}{name}"
        default = "*required*" if name in node.get("required", []) else _default(field)
        models = _below(schema, field)
        # Beside a reference pydantic leaves the description to the model.
        described = [field.get("description"), *(model.get("description") for model, _ in models)]
        words = next(filter(None, described), f"`{field['const']}`" if "const" in field else "")
        rows.append(f"| `{here}` | {default} | {' '.join(words.split())} |")
        for below, step in models:
            rows += _keys(schema, below, f"{here}{step}.")
    return rows


def _default(field: Mapping[str, Any]) -> str:
    value = field.get("default")
    if value is None or value == [] or isinstance(value, dict):
        return ""
    return f"`{', '.join(map(str, value)) if isinstance(value, list) else value}`"


def _below(schema: Mapping[str, Any], field: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Models that a field holds, and how the path goes on to them."""
    if "$ref" in field:
        return [(schema["$defs"][field["$ref"].rsplit("/", 1)[1]], "")]
    if "items" in field:
        return [(model, "[]") for model, _step in _below(schema, field["items"])]
    if isinstance(field.get("additionalProperties"), dict):
        inside = _below(schema, field["additionalProperties"])
        return [(model, ".NAME") for model, _step in inside]
    found = []
    for option in [*field.get("anyOf", []), *field.get("oneOf", [])]:
        found += _below(schema, option)
    return found


PAGES: Mapping[str, Callable[[], str]] = {
    "tables.md": tables,
    "kpis.md": kpis,
    "params.md": params,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), "utf-8")
