"""In which encoding is a text file, and on which line does each of its records start?

`read_text` takes the path of a .csv, .tsv, .txt or .csv.gz file and gives a `TextFile`: the same
content as UTF-8 (the file itself, or a temporary copy written by streaming) and what a first look
at every line of it showed. `record_lines` follows quotes and so finds the line of each record, and
any quote that is never closed, which would otherwise swallow the lines after it.
"""

from __future__ import annotations

import codecs
import csv
import gzip
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, cast

_UTF8 = ("utf-8", "utf-8-sig")
_UTF8_MARK = codecs.BOM_UTF8
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_IN_CP1252 = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])
_CHUNK = 1 << 20


class Unreadable(ValueError):
    """A text file that can't be read as declared; its words say where and what to change."""


@dataclass(frozen=True)
class TextFile:
    """A text file, as UTF-8."""

    path: Path
    """The file itself, or its temporary copy in UTF-8."""
    encoding: str
    detected: bool
    """Whether the encoding was detected, not declared."""
    n_lines: int
    """Lines that are not blank."""
    n_blank_before: int
    """Blank lines before the first one that is not."""
    has_blank: bool
    """Whether there are blank lines after the first one that is not."""
    has_quotes: bool
    has_lone_cr: bool
    """Whether a carriage return occurs without a line feed, as old Macintosh files have it."""


@dataclass(frozen=True)
class _Lines:
    n_lines: int
    n_blank_before: int
    has_blank: bool
    has_quotes: bool
    has_lone_cr: bool
    bad: tuple[int, bytes] | None
    """The first line that is not UTF-8, and its number."""


def read_text(path: Path, *, encoding: str | None, quote: str, scratch: Path) -> TextFile:
    """The file as UTF-8.

    Args:
        path: The file; its name ends in .gz if it is compressed.
        encoding: As declared, or None to detect it: a byte-order mark, UTF-8 if all bytes fit, or
            else Windows' cp1252 (latin-1 where cp1252 leaves a byte undefined).
        quote: Character around fields.
        scratch: Folder for a temporary copy.

    Raises:
        Unreadable: The encoding is unknown, or bytes don't fit it; names the line.
    """
    name, lines = _encoding(path, encoding, quote)
    if name in _UTF8:
        lines = lines or _look(path, quote)
        if lines.bad:
            raise Unreadable(
                f"line {lines.bad[0]} is not UTF-8 text ({_excerpt(lines.bad[1])}). "
                "Declare its encoding under format.encoding, such as cp1252 or latin-1"
            )
        readable = path
    else:
        readable = _as_utf8(path, name, scratch)
        lines = _look(readable, quote)
    return TextFile(
        path=readable,
        encoding="utf-8" if name in _UTF8 else name,
        detected=encoding is None,
        n_lines=lines.n_lines,
        n_blank_before=lines.n_blank_before,
        has_blank=lines.has_blank,
        has_quotes=lines.has_quotes,
        has_lone_cr=lines.has_lone_cr,
    )


def records(
    path: Path, *, delimiter: str, quote: str, strict: bool
) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it starts; blank lines are none.

    Raises:
        Unreadable: If `strict`, at text after a closing quote and at a quote that is never closed.
    """
    csv.field_size_limit(2**31 - 1)
    with _open(path) as binary, TextIOWrapper(binary, "utf-8-sig", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, quotechar=quote, strict=strict)
        before = 0
        try:
            for fields in reader:
                if fields:
                    yield before + 1, fields
                before = reader.line_num
        except csv.Error as error:
            raise Unreadable(
                f"from line {before + 1} on quotes can't be followed ({error}). Double a quote "
                "that belongs to the text, close the one that is open, or declare format.quote"
            ) from None


def record_lines(path: Path, *, delimiter: str, quote: str) -> tuple[array[int], bool]:
    """The line on which each record starts, header first, and whether any spans several lines."""
    starts = array("q")
    spans = False
    for line, fields in records(path, delimiter=delimiter, quote=quote, strict=True):
        starts.append(line)
        spans = spans or any("\n" in field or "\r" in field for field in fields)
    return starts, spans


def nonblank_lines(path: Path) -> array[int]:
    """Numbers of the lines that are not blank."""
    with _open(path) as file:
        return array(
            "q", (n for n, line in enumerate(file, start=1) if line not in (b"\n", b"\r\n"))
        )


def _encoding(path: Path, declared: str | None, quote: str) -> tuple[str, _Lines | None]:
    """The encoding's name, and the look at the lines if one was taken."""
    with _open(path) as file:
        head = file.read(_CHUNK)
    if declared is not None:
        try:
            name = codecs.lookup(declared).name
        except LookupError:
            raise Unreadable(
                f"there is no encoding {declared!r}. Such as utf-8, latin-1, cp1252 or utf-16"
            ) from None
        return name, None
    if head.startswith(_UTF16_MARKS):
        return "utf-16", None
    if head[:4096].count(0) > len(head[:4096]) // 5:
        raise Unreadable(
            "it holds zero bytes, as UTF-16 without a byte-order mark does. Declare "
            "format.encoding: utf-16-le or utf-16-be"
        )
    lines = _look(path, quote)
    if lines.bad is None or head.startswith(_UTF8_MARK):
        return "utf-8", lines
    with _open(path) as file:
        undefined = any(
            set(chunk) & set(_NOT_IN_CP1252) for chunk in iter(lambda: file.read(_CHUNK), b"")
        )
    return ("iso8859-1" if undefined else "cp1252"), None


def _look(path: Path, quote: str) -> _Lines:
    mark = quote.encode()
    n_lines = n_blank = n_blank_before = n_after = 0
    has_quotes = has_lone_cr = False
    bad: tuple[int, bytes] | None = None
    with _open(path) as file:
        for line in file:
            if not n_lines and not n_blank:
                line = line.removeprefix(_UTF8_MARK)
            if line in (b"\n", b"\r\n"):
                n_blank += 1
                continue
            if not n_lines:
                n_blank_before = n_blank
            n_lines += 1
            n_after = n_blank
            has_quotes = has_quotes or mark in line
            if b"\r" in line and line.find(b"\r") < len(line) - 2:
                has_lone_cr = True
            if bad is None:
                try:
                    line.decode()
                except UnicodeDecodeError:
                    bad = (n_lines + n_blank, line)
    return _Lines(n_lines, n_blank_before, n_after > n_blank_before, has_quotes, has_lone_cr, bad)


def _as_utf8(path: Path, encoding: str, scratch: Path) -> Path:
    """A copy in UTF-8, made chunk by chunk."""
    copy = scratch / f"{len(list(scratch.iterdir()))}-{path.name.removesuffix('.gz')}"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    n_lines = 0
    with _open(path) as source, copy.open("w", encoding="utf-8", newline="") as target:
        while True:
            chunk = source.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                line = n_lines + 1 + error.object[: error.start].count(b"\n")
                found = error.object[error.start : error.start + 20]
                raise Unreadable(
                    f"line {line} does not fit the encoding {encoding} ({_excerpt(found)}). "
                    "Declare another one under format.encoding"
                ) from None
            target.write(text)
            n_lines += text.count("\n")
            if not chunk:
                return copy


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    with cast(BinaryIO, gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")) as file:
        yield file


def _excerpt(data: bytes) -> str:
    return repr(data[:40])[1:]
