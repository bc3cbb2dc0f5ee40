"""Collect every text for the translators: `make messages`.

Takes the package's source and the notebooks' prose; writes `messages.pot` and brings each `.po`
file up to date: new texts come in empty, and those that are gone are dropped.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import nbformat
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from saydo.languages import FOLDER, LANGUAGES
from saydo.languages.audiences import with_tokens
from saydo.languages.lexicon import ENGLISH

PACKAGE = FOLDER.parent
KEYWORDS = {"_": None, "gettext": None, "noop": None, "ngettext": (1, 2)}
# Header fields that would make every run a change, or that nobody fills in.
UNSAID = tuple(
    f'"{field}'.encode()
    for field in (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Generated-By",
        "Report-Msgid-Bugs-To",
        "Last-Translator",
        "Language-Team",
    )
)
# Headings, list items and paragraphs; the same marks as when a page is rendered.
MARKS = "#-*+>"

HEAD = "\n".join(
    f"# {line}".rstrip()
    for line in (
        "Texts of saydo, one per entry; {…} stands for what is filled in.",
        "",
        "Words for the people served, as {customer} and {customers} in the texts; a line more for",
        "each further form, as {customers.gen}. Other languages have some, and say what they are.",
        "",
        *ENGLISH.splitlines(),
    )
)
"""Of a catalogue that is new."""


def template(notebooks: Path) -> Catalog:
    """Every text of the package and of the notebooks in a folder, sorted, without places.

    Places are left out, because they change with every line added above.
    """
    catalogue = _empty(None)
    found = extract_from_dir(str(PACKAGE), [("**.py", "python")], keywords=KEYWORDS)
    for _file, _line, message, _comments, context in found:
        catalogue.add(message, context=context)
    for notebook in sorted(notebooks.glob("*.ipynb")):
        for cell in nbformat.read(notebook, as_version=4).cells:
            if cell.cell_type == "markdown":
                for line in cell.source.splitlines():
                    if text := line.lstrip(f"{MARKS} ").strip():
                        catalogue.add(with_tokens(text))
    return catalogue


def rendered(catalogue: Catalog) -> bytes:
    """A catalogue as it is written to a file."""
    buffer = BytesIO()
    # By itself, for its table must not be broken into lines of some width.
    head = catalogue.header_comment
    catalogue.header_comment = ""
    write_po(buffer, catalogue, sort_output=True, no_location=True, omit_header=False, width=100)
    lines = [
        line for line in buffer.getvalue().splitlines(keepends=True) if not line.startswith(UNSAID)
    ]
    catalogue.header_comment = head
    return f"{head}\n".encode() + b"".join(lines).lstrip()


def _empty(language: str | None) -> Catalog:
    return Catalog(locale=language, project="saydo", header_comment=HEAD, fuzzy=False)


def update(notebooks: Path) -> None:
    """Write `messages.pot` and bring every language's catalogue up to date."""
    texts = template(notebooks)
    (FOLDER / "messages.pot").write_bytes(rendered(texts))
    for language in LANGUAGES[1:]:
        file = FOLDER / f"{language}.po"
        catalogue = _empty(language)
        if file.exists():
            with file.open("rb") as source:
                catalogue = read_po(source, locale=language)
        catalogue.update(texts, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        file.write_bytes(rendered(catalogue))


if __name__ == "__main__":
    update(Path("notebooks"))
