"""Text files: encodings, delimiters, quotes and lines."""

import gzip
from collections.abc import Callable
from pathlib import Path

import ibis
import pytest

from saydo.params import Format
from saydo.tables.csv_files import RAGGED, RECORD, CsvFile, read_csv
from saydo.tables.origins import Origin, check_count
from saydo.tables.text_files import Unreadable

Read = Callable[..., CsvFile]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(content: bytes | str, name: str = "f.csv", **form: str) -> CsvFile:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        return read_csv(tmp_path / name, Format(**form), scratch=scratch)

    return reading


def rows(file: CsvFile) -> list[tuple[str | None, ...]]:
    found = ibis.duckdb.connect().sql(file.select()).order_by(RECORD).drop(RECORD, RAGGED)
    return [tuple(row.values()) for row in found.to_pyarrow().to_pylist()]


def test_ids_stay_text_and_only_an_empty_field_is_null(read: Read):
    file = read('id,code\n00123,NA\nnull,\n" x ",""\n')
    assert rows(file) == [("00123", "NA"), ("null", None), (" x ", None)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_gives_all_records_as_many_fields(read: Read, delimiter: str):
    text = "id;note;x|y\n".replace(";", delimiter) if delimiter == "|" else "id;note\n"
    text = text.replace(";", delimiter) + delimiter.join(
        ["1", '"a;b,c|d"', "z"][: text.count(delimiter) + 1]
    )
    assert read(text).delimiter == delimiter


def test_a_declared_delimiter_is_not_doubted(read: Read):
    file = read("a;b,c\n1;2,3\n", delimiter=";")
    assert file.header == ("a", "b,c")
    assert not file.delimiter_detected


def test_two_delimiters_that_fit_as_well_are_an_error(read: Read):
    with pytest.raises(Unreadable, match=r"',' and ';'.*format\.delimiter"):
        read("a;b,c\n1;2,3\n4;5,6\n")


def test_a_file_of_one_column_needs_no_delimiter(read: Read):
    assert rows(read("id\n1\n2\n")) == [("1",), ("2",)]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_an_encoding_is_detected(read: Read, encoding: str, name: str):
    file = read("id,naïf\n1,œuvre\n".encode(encoding))
    assert (file.text.encoding, file.text.detected) == (name, True)
    assert file.header == ("id", "naïf")
    assert rows(file) == [("1", "œuvre")]


def test_a_byte_that_cp1252_leaves_undefined_means_latin_1(read: Read):
    assert read(b"id,n\n1,\x81\xe9\n").text.encoding == "iso8859-1"


def test_a_declared_encoding_is_followed(read: Read):
    file = read("id,имя\n1,Иван\n".encode("cp1251"), encoding="cp1251")
    assert file.header == ("id", "имя")
    assert not file.text.detected
    assert rows(file) == [("1", "Иван")]


@pytest.mark.parametrize(
    ("content", "encoding", "line"),
    [
        (b"id,n\n1,a\n2,\xff\n", "utf-8", 3),
        (b"id,n\n" + b"1,a\n" * 5 + b"2,\x81\n", "cp1252", 7),
        ("id,n\n1,é\n".encode(), "ascii", 2),
    ],
)
def test_bytes_that_do_not_fit_are_named_by_their_line(
    read: Read, content: bytes, encoding: str, line: int
):
    with pytest.raises(Unreadable, match=rf"line {line} .*format\.encoding"):
        read(content, encoding=encoding)


def test_an_unknown_encoding_is_an_error_that_names_some(read: Read):
    with pytest.raises(Unreadable, match="no encoding 'utf8000'"):
        read("id\n1\n", encoding="utf8000")


def test_utf_16_without_its_mark_must_be_declared(read: Read):
    content = "id,n\n1,a\n".encode("utf-16-le")
    with pytest.raises(Unreadable, match="utf-16-le or utf-16-be"):
        read(content)
    assert rows(read(content, encoding="utf-16-le")) == [("1", "a")]


def test_a_compressed_file_reads_as_the_file_itself(read: Read):
    assert rows(read("id;n\n1;é\n", "f.csv.gz")) == [("1", "é")]
    assert rows(read("id;n\n1;é\n".encode("cp1252"), "g.csv.gz")) == [("1", "é")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(read: Read, end: str):
    file = read(end.join(["id;n", "1;a", "", "2;b"]))
    assert rows(file) == [("1", "a"), ("2", "b")]
    assert file.n_records == 2
    assert dict(file.lines([1, 2])) == {1: 2, 2: 4}


def test_blank_lines_are_no_records_but_count_as_lines(read: Read):
    file = read("\n\nid;n\n\n1;a\n\n\n2;b\n")
    assert rows(file) == [("1", "a"), ("2", "b")]
    assert file.n_records == 2
    assert dict(file.lines([1, 2])) == {1: 5, 2: 8}


def test_a_byte_order_mark_makes_no_line_filled(read: Read):
    file = read("\ufeff\nid;n\n1;a\n")
    assert (file.header, rows(file)) == (("id", "n"), [("1", "a")])


def test_a_count_that_differs_from_the_lines_is_an_error(read: Read):
    # A second look at the file, for whatever the quotes' check does not foresee.
    file = read("id;n\n1;a\n")
    origin = Origin("data.tables.orders", "f.csv", None, "raw", None, Format(), text=file)
    check_count(origin, 1)
    with pytest.raises(Unreadable, match="it has 1 records but 2 were read"):
        check_count(origin, 2)


def test_line_breaks_within_quotes_shift_the_lines_of_later_records(read: Read):
    file = read('id;n\n1;"a\n\nb"\n2;c\n')
    assert rows(file) == [("1", "a\n\nb"), ("2", "c")]
    assert dict(file.lines([1, 2])) == {1: 2, 2: 5}


def test_the_header_itself_may_span_lines(read: Read):
    file = read('id;"n\nm"\n1;a\n')
    assert file.header == ("id", "n\nm")
    assert rows(file) == [("1", "a")]
    assert dict(file.lines([1])) == {1: 3}


def test_a_quote_that_is_never_closed_is_an_error_and_swallows_nothing(read: Read):
    file = read('id;n\n1;a\n2;"open\n3;c\n')
    with pytest.raises(Unreadable, match="from line 3 on quotes"):
        file.n_records  # noqa: B018  # It is the look that raises.


def test_text_after_a_closing_quote_is_an_error(read: Read):
    with pytest.raises(Unreadable, match="from line 2 on quotes"):
        read('id;n\n1;"a" b\n').select()


def test_a_quote_within_a_field_is_text(read: Read):
    file = read('id;n\n1;5" pipe\n2;b\n')
    assert rows(file) == [("1", '5" pipe'), ("2", "b")]
    assert file.n_records == 2


def test_a_name_with_signs_of_a_pattern_is_one_file(read: Read):
    read("id;n\n1;other\n", "survey1.csv")
    assert rows(read("id;n\n1;a\n", "survey[1]*?'.csv")) == [("1", "a")]


def test_another_quote_can_be_declared(read: Read):
    assert rows(read("id;n\n1;'a;\"b'\n", quote="'")) == [("1", 'a;"b')]


def test_names_given_twice_are_an_error(read: Read):
    with pytest.raises(Unreadable, match="'Id', 'ID'"):
        read("Id,n,ID\n1,2,3\n")


def test_columns_without_a_name_are_called_by_their_position(read: Read):
    assert read(",n,\n1,2,3\n").header == ("column_1", "n", "column_3")


def test_an_empty_file_is_an_error(read: Read):
    with pytest.raises(Unreadable, match="it is empty"):
        read("")


def test_a_field_of_a_million_characters_is_read(read: Read):
    assert rows(read('id,n\n1,"' + "x" * 1_000_000 + '"\n')) == [("1", "x" * 1_000_000)]
