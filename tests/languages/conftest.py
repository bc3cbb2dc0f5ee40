"""Reports in a language that nobody speaks, in which every text of the catalogues can be told from
any other: its letters are not those of English."""

import ast
import gettext
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
import pytest
import yaml

from saydo import languages
from saydo.languages import activate
from saydo.languages.catalogues import PACKAGE, template
from saydo.runs import kernels
from saydo.runs.kernels import Executed
from saydo.runs.manifest import Manifest
from saydo.runs.results import FOLDER as RESULTS
from saydo.runs.run import run

NOTEBOOKS = PACKAGE.parents[1] / "notebooks"
PLAIN = "abcdefghijklmnopqrstuvwxyz"
MARKED = "áƀćďéƒǧĥíĵķĺṁńóṕɋŕśťúṽẃẋýź"
MARKS = str.maketrans(PLAIN + PLAIN.upper(), MARKED + MARKED.upper())
KEPT = re.compile(r"\{[^{}]*\}|`[^`]*`|\b(?:definitions|satisfaction)\.[a-z_]+")
"""What translators keep: what is filled in, and names of params."""


def marked(text: str) -> str:
    """`text` in the pseudo-language."""
    parts = [part.translate(MARKS) for part in KEPT.split(text)]
    return "".join(part + kept for part, kept in zip(parts, [*KEPT.findall(text), ""], strict=True))


class Marked(gettext.NullTranslations):
    """A catalogue with a translation of each text of the template, and of no other."""

    def __init__(self) -> None:
        super().__init__()
        ids = [message.id for message in template(NOTEBOOKS) if message.id]
        self.texts = {text for each in ids for text in ([each] if isinstance(each, str) else each)}

    def gettext(self, message: str) -> str:
        return marked(message) if message in self.texts else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def executed_here(notebook, parameters, *, folder: Path, results: Path, **_options) -> Executed:
    """As `saydo.runs.kernels.execute`, but in this process, which speaks the pseudo-language."""
    content = nbformat.read(notebook.file, as_version=4)
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv(RESULTS, str(results.resolve()))
        for cell in content.cells:
            if cell.cell_type == "code":
                shown = last_value(cell.source, names)
                if "parameters" in cell.metadata.get("tags", ()):
                    names.update(parameters)
                if hasattr(shown, "_repr_html_"):
                    data = {"text/html": shown._repr_html_()}
                    cell.outputs = [nbformat.v4.new_output("display_data", data=data)]
    return Executed(content, None)


def last_value(source: str, names: dict[str, object]) -> object:
    """What the last line of a cell is worth, if it is an expression; the others are executed."""
    *body, last = ast.parse(source).body
    if not isinstance(last, ast.Expr):
        exec(compile(ast.Module([*body, last], []), "cell", "exec"), names)
        return None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


Executes = Callable[..., Executed]


@pytest.fixture(scope="session")
def pseudo_report(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Manifest]:
    """Makes the report of a params file with some keys changed (None: left out), all its texts
    marked; numbers, dates and the words for the audience are of the language that it names."""

    def made(
        params: Path,
        segments: list[str],
        changed: Mapping[str, object],
        *,
        execute: Executes = executed_here,
    ) -> Manifest:
        raw = yaml.safe_load(params.read_text("utf-8")) | dict(changed)
        kept = {key: value for key, value in raw.items() if value is not None}
        folder = tmp_path_factory.mktemp("pseudo")
        file = project / "params" / f"{folder.name}.yml"
        file.write_text(yaml.safe_dump(kept, allow_unicode=True), "utf-8")
        try:
            with pytest.MonkeyPatch.context() as patch:
                catalogue = Marked()
                patch.setattr(languages, "_catalogue", lambda _language: catalogue)
                patch.setattr(kernels, "execute", execute)
                return run(file, segments=segments, executor="serial", out=folder)
        finally:
            activate("en")

    return made
