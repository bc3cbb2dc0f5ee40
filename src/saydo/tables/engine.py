"""On which engine do the tables lie?

`open_engine` gives an `Engine`: `home`, where checked tables end up, and `local`, the DuckDB that
reads files (the same one unless a database is named). The URL of a database may hold a password;
it is read from the environment and appears in no message: `first_line` takes it out of what the
engine says.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import duckdb
import ibis
import sqlglot
from ibis.common.exceptions import IbisError

from saydo.errors import DataError, Problem
from saydo.tables.duck import open_duckdb

if TYPE_CHECKING:
    from saydo.tables.checked import Tables


@dataclass(frozen=True)
class Engine:
    """Where tables are read, and where they end up."""

    home: ibis.BaseBackend
    local: ibis.BaseBackend
    is_ours: bool
    """Whether `home` was made for saydo, so that tables in it disturb nobody."""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def refusals(self) -> tuple[type[Exception], ...]:
        """The errors by which the engine refuses something; of a driver that isn't known, all."""
        known = (duckdb.Error, IbisError, sqlglot.errors.SqlglotError)
        return known if self.home is self.local else (Exception,)

    def first_line(self, error: BaseException) -> str:
        """What the engine says in its first line, without secrets."""
        return _without(self.secrets, _first_line(error))


def open_engine(
    name: str,
    *,
    connection: ibis.BaseBackend | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Engine:
    """The engine that params name.

    Args:
        name: `duckdb`, or the environment variable that holds an Ibis URL.
        connection: Used instead of what `name` says, if given.
        environment: Where the variable is looked up.

    Raises:
        DataError: The variable is not set, or there is no connection with what it holds.
    """
    if connection is not None:
        is_duckdb = connection.name == "duckdb"
        connection = _as_ours(connection)
        return Engine(connection, connection if is_duckdb else open_duckdb(), is_ours=is_duckdb)
    if name == "duckdb":
        ours = open_duckdb()
        return Engine(ours, ours, is_ours=True)
    url = environment.get(name, "").strip()
    where = "data.engine"
    if not url:
        raise DataError(
            "data",
            [
                Problem(
                    where,
                    f"the environment variable {name} is "
                    f"{'empty' if name in environment else 'not set'}. It should hold an Ibis URL, "
                    "such as postgres://user:password@host/database; "
                    "or write `engine: duckdb` to read files only",
                )
            ],
        )
    secrets = _secrets(url)
    try:
        home = _connect(url)
    except ModuleNotFoundError as error:
        problem = Problem(
            where,
            f"the environment variable {name} names an engine that is not installed: "
            f"{_without(secrets, _first_line(error))}. For Spark: pip install 'saydo[spark]', "
            "and Java 17",
        )
    except Exception as error:  # noqa: BLE001  # Whatever a driver raises may hold the URL.
        what = _without(secrets, _first_line(error))
        problem = Problem(
            where,
            f"no connection with what the environment variable {name} holds: "
            f"{type(error).__name__}: {what}. Check the URL and that the database can be reached",
        )
    else:
        is_duckdb = home.name == "duckdb"
        return Engine(home, home if is_duckdb else open_duckdb(), is_ours=False, secrets=secrets)
    # Raised out here, so that the driver's own error is not chained to it.
    raise DataError("data", [problem])


def moved(tables: Tables, connection: ibis.BaseBackend) -> Tables:
    """The same tables on another engine, for as long as its connection lasts.

    Args:
        tables: Checked tables.
        connection: Of an engine that `open_engine` or `connect_spark` has opened.
    """
    copies = {
        name: connection.create_table(
            f"saydo_{name}", table.to_pyarrow(), temp=True, overwrite=True
        )
        for name, table in tables.tables.items()
    }
    return replace(tables, connection=connection, tables=copies)


def _connect(url: str) -> ibis.BaseBackend:
    """As Ibis does; with Spark, whose settings stand in the URL, a session for our expressions.

    `pyspark://?spark.master=local[2]&spark.driver.memory=2g`; settings that are left out are those
    of the session that runs, or of `spark-defaults.conf`. A path is the warehouse's.
    """
    parts = urlsplit(url)
    if parts.scheme != "pyspark":
        return ibis.connect(url)
    from saydo.tables.spark import connect_spark

    warehouse = {"spark.sql.warehouse.dir": parts.path} if parts.path.strip("/") else {}
    return connect_spark({**warehouse, **dict(parse_qsl(parts.query))})


def _as_ours(connection: ibis.BaseBackend) -> ibis.BaseBackend:
    """The connection; to a Spark session, one that gives the same numbers as DuckDB."""
    if connection.name != "pyspark":
        return connection
    from saydo.tables.spark import Spark

    return connection if isinstance(connection, Spark) else Spark.on(connection._session)


def _secrets(url: str) -> tuple[str, ...]:
    """The parts of a URL that must not be seen, longest first."""
    found = {url}
    try:
        parts = urlsplit(url)
        found |= {parts.netloc, parts.password or "", parts.path, parts.query}
        found |= {value for _, value in parse_qsl(parts.query)}
    except ValueError:
        pass  # Not a URL, so that all of it is a secret.
    found |= {unquote(secret) for secret in found}
    return tuple(sorted((secret for secret in found if len(secret) > 1), key=len, reverse=True))


def _without(secrets: tuple[str, ...], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
