from __future__ import annotations

import gzip
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from app.artifacts.errors import NotPublishable
from app.tables.kinds import find_columns
from app.tables.table_files import TypedTable, read_table


def read(tmp_path: Path, content: str | bytes, **options: Any) -> TypedTable:
    path = tmp_path / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, **options)


def refuse(tmp_path: Path, content: str | bytes, **options: Any) -> str:
    with pytest.raises(NotPublishable) as error:
        read(tmp_path, content, **options)
    return str(error.value)


def read_column(tmp_path: Path, values: list[str], **options: Any) -> tuple[pd.Series, str, str]:
    table = read(tmp_path, "\n".join(["x,other", *(f"{value},1" for value in values)]), **options)
    return table.frame["x"], table.kinds["x"], table.reasons["x"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_finds_the_delimiter_in_the_header(tmp_path: Path, delimiter: str, mark: bytes, end: str) -> None:
    lines = [["age", "a,b;c\td"], ["1", "x"], ["2", "y"]]
    text = end.join(delimiter.join(f'"{field}"' for field in line) for line in lines)
    frame = read(tmp_path, mark + text.encode()).frame
    assert list(frame.columns) == ["age", "a,b;c\td"]
    assert frame["age"].tolist() == [1, 2]


def test_reads_a_compressed_file_whatever_it_is_called(tmp_path: Path) -> None:
    assert read(tmp_path, gzip.compress(b"a,b\n1,x\n", mtime=0)).frame["b"].tolist() == ["x"]


def test_keeps_delimiters_quotes_and_lines_within_quoted_fields(tmp_path: Path) -> None:
    frame = read(tmp_path, 'a,b\n1,"x, ""y""\nz"\n\n2,w\n').frame
    assert frame["b"].tolist() == ['x, "y"\nz', "w"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "table.csv, line 1: this must name the columns, and is empty."),
        ("a,b\n", "table.csv has a header and no rows."),
        (
            'a,b\n1,"x\ny"\n2,3,4\n',
            "table.csv, line 4: there are 3 fields between commas, and 2 names in the header. A field that holds the "
            'delimiter stands in double quotes: "a, b".',
        ),
        (
            'a,b\n1,2\n3,"x\n4,5\n',
            "table.csv, line 3: the quotes of a field do not match. A field in double quotes ends with one, and "
            'doubles those within: "say ""yes""".',
        ),
        ("a,b,a\n1,2,3\n", "table.csv, line 1: the columns 1 and 3 are both named 'a'. Rename one."),
        (
            ",a\n0,2\n",
            "table.csv, line 1: column 1 has no name. Name it, or leave it out: pandas writes such a column unless "
            "to_csv is told index=False.",
        ),
        (
            "5.1,3.5,0\n4.9,3.0,0\n",
            "table.csv, line 1: this must name the columns, and holds numbers alone. Put a header before it.",
        ),
        (b"a,b\n1,2\n3,caf\xe9\n", "table.csv, line 3: this is not UTF-8. Save the file as UTF-8."),
        ("a,b\n1,2\n".encode("utf-16"), "table.csv is no CSV file but written in UTF-16: save it as UTF-8."),
        (
            b"PK\x03\x04rest",
            "table.csv is no CSV file but a workbook or another zip archive: save the sheet as CSV.",
        ),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9], "table.csv is compressed by gzip, and cut short or damaged."),
        ("a,b\n" + "x" * 200_000 + ",1\n", "table.csv, line 2: a field is longer than 131072 characters."),
    ],
)
def test_says_what_is_wrong_with_a_file_and_where(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    assert refuse(tmp_path, content) == sentence


def test_says_that_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotPublishable, match=r"^There is no file .*missing.csv\.$"):
        read_table(tmp_path / "missing.csv")


@pytest.mark.parametrize("mark", ["", '""', "NA", "N/A", "NaN", "nan", "null", "NULL", "None"])
def test_takes_the_stated_marks_for_missing_values(tmp_path: Path, mark: str) -> None:
    values, kind, _ = read_column(tmp_path, ["1", mark, "3"])
    assert (kind, str(values.dtype)) == ("integer", "float64")
    assert values.isna().tolist() == [False, True, False]


@pytest.mark.parametrize("text", ["?", "-", "na", "n/a", "none", "Null", " ", "missing"])
def test_takes_no_other_text_for_a_missing_value(tmp_path: Path, text: str) -> None:
    values, kind, _ = read_column(tmp_path, ["1", text, "3"])
    assert kind == "category"
    assert not values.isna().any()


def test_takes_the_marks_that_are_named_in_place_of_the_stated_ones(tmp_path: Path) -> None:
    values, kind, _ = read_column(tmp_path, ["1", "?", "", "3"], missing_marks=["?"])
    assert (kind, values.isna().tolist()) == ("integer", [False, True, True, False])
    assert read_column(tmp_path, ["1", "NA"], missing_marks=["?"])[1] == "category"


def test_reads_every_double_with_the_same_bits(tmp_path: Path) -> None:
    awkward = [0.1, 1e-323, 5e-324, 1.7976931348623157e308, -0.0, 2.2250738585072014e-308, 9007199254740993.0]
    draw = random.Random(1)
    drawn = [struct.unpack("<d", draw.randbytes(8))[0] for _ in range(2000)]
    floats = awkward + [value for value in drawn if np.isfinite(value)]
    values, kind, reason = read_column(tmp_path, [repr(value) for value in floats])
    assert (kind, reason) == ("number", "numbers")
    assert values.to_numpy().tobytes() == np.array(floats).tobytes()


@pytest.mark.parametrize("text", ["12", "-1.5", "1e-3", "0", "-0", "1E5", "2.50"])
def test_takes_what_json_calls_a_number_for_one(tmp_path: Path, text: str) -> None:
    values, kind, _ = read_column(tmp_path, ["7.5", text])
    assert (kind, values.tolist()) == ("number", [7.5, float(text)])


@pytest.mark.parametrize(
    "text",
    [" 3", "3 ", "0x10", "+1", "007", "1_000", ".5", "5.", "1e999", "inf", "Infinity", "-", "1 000", "٣", "1.5f"],
)
def test_takes_nothing_else_for_a_number(tmp_path: Path, text: str) -> None:
    assert read_column(tmp_path, ["7.5", text])[1] == "category"


@pytest.mark.parametrize(
    ("values", "kind", "dtype", "reason"),
    [
        (["1", "2", "3"], "integer", "int64", "whole numbers"),
        (["0", "1", "0"], "integer", "int64", "whole numbers"),
        (["9007199254740993", "1"], "category", "category",
         "whole numbers beyond 2**53, which float64 does not hold; 2 distinct texts in 2 rows"),
        (["true", "False", "TRUE"], "boolean", "bool", "true and false"),
        (["true", "", "false"], "boolean", "object", "true and false"),
        (["2026-01-31", "2025-02-01"], "date-time", "datetime64[us]", "dates, or date-times with a zone"),
        (["2026-01-31", "2026-01-31T12:00:00+02:00"], "date-time", "datetime64[us, UTC]",
         "dates, or date-times with a zone"),
        (["b", "a", "b"], "category", "category", "2 distinct texts in 3 rows"),
        ([f"text {number}" for number in range(60)], "text", "object", "60 distinct texts in 60 rows"),
        (["", "NA"], "number", "float64", "no values at all"),
        (["10.5"] * 8 + ["'1", "x"], "category", "category",
         "looks like numbers but for 2 values such as \"'1\" (line 10); 3 distinct texts in 10 rows"),
        (["1.5"] * 9 + ["?"], "category", "category",
         "looks like numbers but for 1 value, '?' (line 11); 2 distinct texts in 10 rows"),
        (["01234", "98765"], "category", "category",
         "looks like numbers but for 1 value, '01234' (line 2); 2 distinct texts in 2 rows"),
        (["2026-01-31 10:00:00", "2026-01-31 11:00"], "category", "category",
         "looks like date-times with a zone but for 2 values such as '2026-01-31 10:00:00' (line 2); "
         "2 distinct texts in 2 rows"),
    ],
)  # fmt: skip
def test_finds_the_kind_of_a_column_and_says_why(
    tmp_path: Path, values: list[str], kind: str, dtype: str, reason: str
) -> None:
    series, found, said = read_column(tmp_path, values)
    assert (found, str(series.dtype), said) == (kind, dtype, reason)


def test_names_numbers_with_a_decimal_comma(tmp_path: Path) -> None:
    table = read(tmp_path, "x;y\n1,5;1\n2,5;2\n")
    assert table.reasons["x"] == (
        "looks like numbers but for 2 values such as '1,5' (line 2); 2 distinct texts in 2 rows"
    )


def test_has_categories_as_strings_in_order(tmp_path: Path) -> None:
    values, kind, reason = read_column(tmp_path, ["10", "9", "", "10"], kinds={"x": "category"})
    assert (kind, reason) == ("category", "as asked for")
    assert values.cat.categories.tolist() == ["10", "9"]
    assert values.tolist()[:2] == ["10", "9"]
    assert not values.cat.ordered


def test_keeps_leading_zeros_of_what_is_asked_to_be_a_text(tmp_path: Path) -> None:
    assert read_column(tmp_path, ["007", "7"], kinds={"x": "text"})[0].tolist() == ["007", "7"]


@pytest.mark.parametrize(
    ("kind", "values", "sentence"),
    [
        ("number", ["1", "", "1_5"],
         "The column 'x' cannot be of the kind number: it holds '1_5' (line 4), which must be a number as JSON writes "
         "it, such as 12, -1.5 or 1e-3."),
        ("boolean", ["true", "1"],
         "The column 'x' cannot be of the kind boolean: it holds '1' (line 3), which must be a boolean: true or "
         "false."),
    ],
)  # fmt: skip
def test_says_which_value_is_not_of_the_kind_that_is_asked_for(
    tmp_path: Path, kind: str, values: list[str], sentence: str
) -> None:
    content = "\n".join(["x,y", *(f"{value},1" for value in values)])
    assert refuse(tmp_path, content, kinds={"x": kind}) == sentence


def test_reads_date_times_without_a_zone_as_utc_where_asked_to(tmp_path: Path) -> None:
    values, *_ = read_column(tmp_path, ["2026-01-31 10:00:00", "", "2026-01-31"], kinds={"x": "date-time"})
    assert str(values.dtype) == "datetime64[us, UTC]"
    assert values[0] == pd.Timestamp("2026-01-31T10:00:00Z")
    assert values.isna().tolist() == [False, True, False]


def test_turns_whole_floats_into_integers_where_asked_to(tmp_path: Path) -> None:
    assert read_column(tmp_path, ["1.0", "2"], kinds={"x": "integer"})[0].dtype == np.int64


def test_drops_columns(tmp_path: Path) -> None:
    assert list(read(tmp_path, "a,b\n1,2\n", drop=["a"]).frame.columns) == ["b"]


def test_suggests_the_name_that_is_nearest(tmp_path: Path) -> None:
    assert refuse(tmp_path, "churn,b\n1,2\n", drop=["chrun"]) == ("table.csv has no column 'chrun': is it 'churn'?")
    assert refuse(tmp_path, "a,b\n1,2\n", kinds={"zip": "text"}) == ("table.csv has no column 'zip': there are a, b.")


def test_names_the_kinds_that_there_are(tmp_path: Path) -> None:
    assert refuse(tmp_path, "a,b\n1,2\n", kinds={"a": "categorical"}) == (
        "The column 'a' cannot be of the kind 'categorical': the kinds are number, integer, boolean, category, text, "
        "date-time."
    )


def test_gives_kinds_that_the_columns_of_a_version_are_made_of(tmp_path: Path) -> None:
    table = read(tmp_path, "n,i,b,c,t,d\n1.5,1,true,x,u,2026-01-31\n,,,,,\n", kinds={"t": "text"})
    columns = find_columns(table.frame, list(table.frame.columns), table.kinds)
    assert [(column.kind, column.missing) for column in columns] == [
        ("number", True), ("integer", True), ("boolean", True), ("category", True), ("text", True), ("date-time", True)
    ]  # fmt: skip


def test_reports_how_far_the_reading_is(tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    content = "a,b\n" + "1,2\n" * 50_000
    read(tmp_path, content, report=lambda *progress: reported.append(progress))
    assert len(reported) == 3
    assert reported[-1] == (len(content), len(content))
