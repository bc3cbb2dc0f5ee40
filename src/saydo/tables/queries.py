"""What do queries over several sources give?

`open_source` makes a source known under its name (text files are read once, without their ragged
records), and `open_query` runs a query over them, or over the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import ibis
import sqlglot as sg

from saydo.errors import Problem
from saydo.params import Source, TableSource
from saydo.tables.csv_files import RAGGED, quoted
from saydo.tables.origins import Opened, Origin, check_count, create_view, numbered
from saydo.tables.text_files import Unreadable


def open_source(opened: Opened, name: str, source: Source, origin: Origin) -> None:
    """Make a source known to queries under its name."""
    engine = opened.engine
    where = f"data.sources.{name}"
    try:
        if origin.text:
            # Read once, because several queries may use it and its ragged records are counted.
            copy = f"saydo_copy_{name}"
            relation = opened.copy(engine.local, copy, origin.relation)
            origin = replace(origin, view=copy, relation=relation)
            check_count(origin, relation.count().execute())
        columns = ", ".join(map(quoted, origin.columns))
        whole = f" WHERE {RAGGED} = 0" if origin.text else ""
        if origin.connection is engine.local:
            create_view(engine.local, name, f"SELECT {columns} FROM {quoted(origin.view)}{whole}")
            if engine.home is not engine.local:
                content = engine.local.table(name).to_pyarrow()
                opened.copy(engine.home, name, content)
        else:
            engine.home.create_view(name, origin.relation.select(*origin.columns), overwrite=True)
    except Unreadable as error:
        opened.problems.append(Problem(where, f"{source.path}: {error}."))
    except opened.engine.refusals as error:
        what = f"{source.path}: it can't be read ({engine.first_line(error)})."
        opened.problems.append(Problem(where, what))
    opened.sources[name] = origin


def open_query(
    opened: Opened, name: str, table: TableSource, sources: Mapping[str, Source]
) -> None:
    home = opened.engine.home
    where = f"data.tables.{name}.query"
    try:
        rows = home.sql(_with_tables(str(table.query), sources, home))
        origin = numbered(
            opened, f"data.tables.{name}", f"saydo_raw_{name}", "query", rows, table.format
        )
    except opened.engine.refusals as error:
        hint = f" Sources: {', '.join(sources)}." if sources else ""
        what = f"the engine refuses it: {opened.engine.first_line(error)}.{hint}"
        opened.problems.append(Problem(where, what))
    else:
        opened.origins[name] = origin


def _with_tables(query: str, sources: Mapping[str, Source], home: ibis.BaseBackend) -> str:
    """The query with sources that are tables of the database replaced by these tables."""
    tables = {name: source.table for name, source in sources.items() if source.table}
    if not tables:
        return query
    tree = sg.parse_one(query, dialect=home.dialect)
    for node in list(tree.find_all(sg.exp.Table)):
        if node.name in tables and not node.db:
            alias = node.alias or node.name
            node.replace(sg.to_table(tables[node.name], alias=alias, dialect=home.dialect))
    return tree.sql(dialect=home.dialect)
