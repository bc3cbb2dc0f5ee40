"""Which files does a study name? Light to import, for those who only ask whether they changed."""

from __future__ import annotations

from pathlib import Path

from saydo.params import Params, Source, TableSource


def data_files(params: Params, folder: Path) -> dict[str, Path]:
    """The files that params name, by their place under `data`: sources.crm, tables.orders.

    Args:
        params: The study.
        folder: The project's folder, which paths are relative to.
    """
    named: dict[str, Source | TableSource] = {
        **{f"sources.{name}": source for name, source in params.data.sources.items()},
        **{f"tables.{name}": source for name, source in params.data.tables.items()},
    }
    return {name: folder / source.path for name, source in named.items() if source.path}
