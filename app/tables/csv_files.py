"""CSV files: from bytes to a table of texts, each field as it stands there."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.artifacts.errors import NotPublishable
from app.tables.numerals import is_integer, is_number
from app.tables.text_table import Report, TextTable, check_header, report_nothing

_DELIMITERS = (",", ";", "\t")
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}
_ROWS_A_STEP = 20_000
_TEXT = np.dtypes.StringDType()

_GZIP = b"\x1f\x8b"
# How files begin that are taken for CSV, and what they are.
_STRANGERS = {
    b"PK\x03\x04": "a workbook or another zip archive: save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save the sheet as CSV",
    b"PAR1": "a Parquet file: name it .parquet",
    b"\xff\xfe": "written in UTF-16: save it as UTF-8",
    b"\xfe\xff": "written in UTF-16: save it as UTF-8",
}


def read_csv(path: Path, report: Report = report_nothing) -> TextTable:
    """Return the fields of a CSV file, which may be compressed by gzip.

    It is UTF-8, with or without a byte-order mark. The delimiter, a comma, a semicolon or a tab, is the one that stands
    most often in the header. Lines without anything are passed over. Raises `NotPublishable` with the line at fault.
    """
    try:
        with path.open("rb") as file:
            return _read(path, file, report)
    except UnicodeDecodeError as error:
        line = _find_undecodable_line(path)
        raise NotPublishable(f"{path.name}, line {line}: this is not UTF-8. Save the file as UTF-8.") from error
    except (EOFError, gzip.BadGzipFile) as error:
        raise NotPublishable(f"{path.name} is compressed by gzip, and cut short or damaged.") from error
    except OSError as error:
        raise NotPublishable(f"{path} cannot be read: {error.strerror or error}.") from error


def _read(path: Path, file: BinaryIO, report: Report) -> TextTable:
    n_bytes = path.stat().st_size
    with io.TextIOWrapper(_unpack(path, file), encoding="utf-8-sig", newline="") as text:
        header = text.readline()
        delimiter = _find_delimiter(header)
        names, first_line = _read_header(path, header, text, delimiter)
        rows = _Rows(path, text, delimiter, names, first_line)
        steps: list[list[NDArray[Any]]] = [[] for _ in names]
        lines: list[NDArray[np.int64]] = []
        for fields, at in rows.list_steps():
            for column, values in zip(steps, zip(*fields, strict=True), strict=True):
                column.append(np.array(values, dtype=_TEXT))
            lines.append(np.array(at, dtype=np.int64))
            report(file.tell(), n_bytes)
    if not lines:
        raise NotPublishable(f"{path.name} has a header and no rows.")
    return TextTable(names, [_join(column) for column in steps], np.concatenate(lines))


def _join(parts: list[NDArray[Any]]) -> NDArray[Any]:
    joined = np.concatenate(parts)
    parts.clear()  # or the whole table would be there twice
    return joined


def _unpack(path: Path, file: BinaryIO) -> BinaryIO:
    start = file.read(4)
    file.seek(0)
    for beginning, what in _STRANGERS.items():
        if start.startswith(beginning):
            raise NotPublishable(f"{path.name} is no CSV file but {what}.")
    return gzip.open(file) if start.startswith(_GZIP) else file  # type: ignore[return-value]


def _find_delimiter(header: str) -> str:
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _read_header(path: Path, header: str, text: io.TextIOWrapper, delimiter: str) -> tuple[list[str], int]:
    """Return the names of the columns, and how many lines they take."""
    if not header.strip():
        raise NotPublishable(f"{path.name}, line 1: this must name the columns, and is empty.")
    reader = csv.reader(_chain(header, text), delimiter=delimiter, strict=True)
    try:
        names = next(reader)
    except csv.Error as error:
        raise NotPublishable(f"{path.name}, line 1: {error}.") from error
    where = f"{path.name}, line 1"
    check_header(names, where)
    if all(map(is_number, names)) and not all(map(is_integer, names)):
        raise NotPublishable(f"{where}: this must name the columns, and holds numbers alone. Put a header before it.")
    return names, reader.line_num


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


class _Rows:
    """The rows of a file, behind its header."""

    def __init__(self, path: Path, text: Iterator[str], delimiter: str, names: list[str], n_lines: int) -> None:
        self._name = path.name
        self._reader = csv.reader(text, delimiter=delimiter, strict=True)
        self._delimiter = delimiter
        self._n_columns = len(names)
        self._n_lines_before = n_lines

    def list_steps(self) -> Iterator[tuple[list[list[str]], list[int]]]:
        """Yield some rows at a time, and the line that each begins in."""
        fields: list[list[str]] = []
        lines: list[int] = []
        for line, row in self._list_rows():
            fields.append(row)
            lines.append(line)
            if len(fields) == _ROWS_A_STEP:
                yield fields, lines
                fields, lines = [], []
        if fields:
            yield fields, lines

    def _list_rows(self) -> Iterator[tuple[int, list[str]]]:
        line = self._n_lines_before + 1
        try:
            for row in self._reader:
                if len(row) == self._n_columns:
                    yield line, row
                elif row:
                    raise NotPublishable(self._explain_length(line, row))
                line = self._n_lines_before + self._reader.line_num + 1
        except csv.Error as error:
            raise NotPublishable(self._explain_quotes(line, error)) from error

    def _explain_length(self, line: int, row: list[str]) -> str:
        delimiter = _DELIMITER_NAMES[self._delimiter]
        return (
            f"{self._name}, line {line}: there are {len(row)} fields between {delimiter}, and {self._n_columns} names "
            'in the header. A field that holds the delimiter stands in double quotes: "a, b".'
        )

    def _explain_quotes(self, line: int, error: csv.Error) -> str:
        if "field larger" in str(error):
            return f"{self._name}, line {line}: a field is longer than {csv.field_size_limit()} characters."
        return (
            f"{self._name}, line {line}: the quotes of a field do not match. A field in double quotes ends with one, "
            'and doubles those within: "say ""yes""".'
        )


def _find_undecodable_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(_unpack(path, file), start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1
