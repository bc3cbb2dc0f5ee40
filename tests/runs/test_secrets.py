"""What a secret holds, and where this machine keeps its files, is read in nothing that leaves."""

from __future__ import annotations

import base64
import html
import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from saydo import cli
from saydo.runs.files import write
from saydo.runs.places import Places
from saydo.runs.secret_parts import secret_parts

PASSWORD = "p@ss/w'r<d>&7é\\xQ"
WRITTEN = quote(PASSWORD, safe="")
URL = f"postgres://me:{WRITTEN}@db.invalid:5432/acme?sslmode=require&api_token=tok-5Zq81"
SECRETS = (URL, PASSWORD, WRITTEN, f"me:{PASSWORD}@", "tok-5Zq81")

CHECKOUT = str(Path(__file__).parents[2])

TELLS = """\
import html, json, os, sys, warnings
from base64 import b64encode
from urllib.parse import unquote, urlsplit
from IPython.display import HTML
url = os.environ["MY_DB"]
password = unquote(urlsplit(url).password)
"""

SAID = """\
print(url, password, repr(password), json.dumps([url, password]), os.getcwd())
print(html.escape(password))
print("Authorization: Basic", b64encode(f"me:{password}".encode()).decode())
print("connecting to me:" + password + "@db.invalid", f"password={password}", file=sys.stderr)
warnings.warn(url)
HTML(f"<p title='{html.escape(password)}'>{html.escape(url)}</p>")
"""


def forms(secret: str) -> set[bytes]:
    """How it could stand in a file."""
    said = {secret, repr(secret)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret)}
    said |= {html.escape(text, quote=quoted) for text in said for quoted in (True, False)}
    said |= {json.dumps(text, ensure_ascii=ascii)[1:-1] for text in said for ascii in (True, False)}
    raw = secret.encode()
    # Base64 takes three bytes at a time, so that it depends on where a text begins.
    shifted = {base64.b64encode(b"-" * n + raw)[4 if n else 0 : -4].decode() for n in range(3)}
    return {text.encode() for text in said | shifted}


def names_nothing(content: bytes, where: str, *words: str) -> None:
    for word in words:
        found = [form for form in forms(word) if form in content]
        assert not found, f"{where} tells {found}"


@pytest.fixture
def warehouse(project, monkeypatch):
    """A project whose data lie in a database that the environment names."""
    monkeypatch.chdir(project.folder)
    monkeypatch.setenv("MY_DB", URL)
    project.params.write_text(
        project.params.read_text().replace("data: {", "data: {engine: MY_DB, ")
    )
    return project


def saydo(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, list(arguments))


def test_no_file_and_no_message_tells_a_secret_or_a_folder_whatever_pages_say(
    warehouse, monkeypatch
):
    warehouse.add("1_tells", TELLS + SAID)
    warehouse.add(
        "2_raises", TELLS, "raise ConnectionError(f'no {url} for {password} in ' + os.getcwd())"
    )
    warehouse.add("3_dies", TELLS, "os.write(2, (url + ' ' + password).encode()); os._exit(3)")

    def prepare(file, new, **_):
        written = pd.DataFrame({"segment": ["all"], "reason": ["needs answers"]})
        write(new / "tables" / "segments.parquet", written.to_parquet(index=False))
        rejects = pd.DataFrame({"file": ["data/orders.csv"], "row": ["{}"]})
        write(new / "rejects" / "orders.csv", rejects.to_csv(index=False))
        return warehouse.prepare(file, new, params=None, as_of=None, segments=None)

    monkeypatch.setattr("saydo.runs.run._prepare", prepare)
    told = saydo("run", "params/p.yml")
    assert told.exit_code == 1
    folder = warehouse.folder / "reports" / "acme" / "2025-12-31"
    there = [file for file in folder.rglob("*") if file.is_file()]
    assert {file.suffix for file in there} == {".html", ".ipynb", ".json", ".parquet", ".csv"}
    assert len(there) == 10
    words = (*SECRETS, str(warehouse.folder), CHECKOUT)
    for file in there:
        names_nothing(file.read_bytes(), file.name, *words)
        if file.suffix == ".parquet":
            names_nothing(pd.read_parquet(file).to_csv().encode(), file.name, *words)
    names_nothing(told.output.encode() + told.stderr.encode(), "the command", *words)
    # And yet they say what happened.
    assert "ConnectionError: no $MY_DB for $MY_DB in ." in told.stderr
    assert "$MY_DB" in (folder / "tells.html").read_text()
    assert "$MY_DB" in (folder / "dies.html").read_text()


@pytest.mark.parametrize(
    "url", [URL, f"duckdb:///no/such/{WRITTEN}.duckdb?password={WRITTEN}", f"nosuch://{PASSWORD}"]
)
@pytest.mark.parametrize("options", [[], ["--debug"]])
def test_a_connection_that_fails_tells_no_secret_and_leaves_nothing(
    warehouse, monkeypatch, url, options
):
    warehouse.add("1_a")
    monkeypatch.setenv("MY_DB", url)
    told = saydo(*options, "run", "params/p.yml")
    assert told.exit_code == 2
    assert "MY_DB" in told.stderr
    names_nothing(
        told.output.encode() + told.stderr.encode(), "the command", url, PASSWORD, WRITTEN
    )
    assert not (warehouse.folder / "reports").exists()


def test_an_error_that_saydo_does_not_word_tells_no_secret_either(warehouse, monkeypatch):
    warehouse.add("1_a")

    def broken(file, *_: object, **__: object) -> None:
        try:
            raise ConnectionError(f"no {URL}")
        except ConnectionError as error:
            raise RuntimeError(f"{PASSWORD} was refused, see {file}") from error

    monkeypatch.setattr("saydo.runs.run._prepare", broken)
    for options in ([], ["--debug"]):
        told = saydo(*options, "run", "params/p.yml")
        assert told.exit_code == 3
        assert "RuntimeError: $MY_DB was refused, see ./params/p.yml" in told.stderr
        names_nothing(told.output.encode() + told.stderr.encode(), "the command", *SECRETS)


@pytest.mark.parametrize("password", ["postgres", "2025", "12.5", "all"])
def test_a_password_that_is_a_word_or_a_number_goes_only_where_it_is_one(
    tmp_path, monkeypatch, password
):
    url = f"postgres://{password}:{password}@db/acme"
    monkeypatch.setenv("MY_DB", url)
    places = Places.of(tmp_path, out=tmp_path, variables=("MY_DB",))
    said = f"{password} of all 2025 customers gave 12.5"
    assert places.without(said) == said
    for quoted in (url, f"{password}:{password}@db", f"user:{password}@db"):
        assert f":{password}" not in places.without(f"no connection with {quoted}")


def test_what_is_no_address_is_all_secret_and_next_to_nothing_is_none():
    assert secret_parts("postgres://[broken") == {"postgres://[broken"}
    assert secret_parts("x") == set() == secret_parts("")
    assert secret_parts("duckdb:///data/acme.ddb") == {"duckdb:///data/acme.ddb"}
