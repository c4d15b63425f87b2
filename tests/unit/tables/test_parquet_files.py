from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from app.artifacts.errors import NotPublishable
from app.tables.table_files import TypedTable, read_table


def read(tmp_path: Path, columns: dict[str, Any], **options: Any) -> TypedTable:
    path = tmp_path / "table.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return read_table(path, **options)


@pytest.mark.parametrize(
    ("values", "kind", "dtype"),
    [
        ([1, 2], "integer", "int64"),
        ([1, None], "integer", "float64"),
        ([1.5, None], "number", "float64"),
        ([Decimal("1.5"), Decimal("2.0")], "number", "float64"),
        ([True, False], "boolean", "bool"),
        ([True, None], "boolean", "object"),
        (["a", None], "category", "category"),
        ([str(number) for number in range(60)], "text", "object"),
        (pyarrow.array(["b", "a", None]).dictionary_encode(), "category", "category"),
        ([datetime(2026, 1, 31, tzinfo=UTC), None], "date-time", "datetime64[us, UTC]"),
        ([datetime(2026, 1, 31)], "date-time", "datetime64[us]"),
        ([date(2026, 1, 31), None], "date-time", "datetime64[us]"),
        ([2**53 + 1, 1], "category", "category"),
        ([None, None], "number", "float64"),
    ],
)
def test_keeps_the_kind_that_the_type_has(tmp_path: Path, values: Any, kind: str, dtype: str) -> None:
    table = read(tmp_path, {"x": values})
    assert (table.kinds["x"], str(table.frame["x"].dtype)) == (kind, dtype)


def test_takes_no_text_for_a_missing_value(tmp_path: Path) -> None:
    assert read(tmp_path, {"x": ["NA", "", None]}).frame["x"].tolist()[:2] == ["NA", ""]


def test_overrules_a_kind(tmp_path: Path) -> None:
    table = read(
        tmp_path, {"zip": [123, 99], "when": [date(2026, 1, 31)] * 2}, kinds={"zip": "category", "when": "text"}
    )
    assert table.frame["zip"].cat.categories.tolist() == ["123", "99"]
    assert table.kinds == {"zip": "category", "when": "text"}


def test_names_the_row_that_is_not_of_the_kind(tmp_path: Path) -> None:
    with pytest.raises(NotPublishable, match=r"it holds 'x' \(row 2\), which must be a number"):
        read(tmp_path, {"a": ["1", "x"]}, kinds={"a": "number"})


def test_refuses_a_type_that_is_no_kind(tmp_path: Path) -> None:
    with pytest.raises(NotPublishable) as error:
        read(tmp_path, {"a": [[1, 2]]})
    assert str(error.value).startswith("The column 'a' is of the type list<")


def test_refuses_an_infinite_number(tmp_path: Path) -> None:
    with pytest.raises(NotPublishable, match=r"'a' holds an infinite number \(row 2\)"):
        read(tmp_path, {"a": [1.0, float("inf")]})


def test_says_that_a_file_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(NotPublishable, match=r"^table.parquet cannot be read as Parquet: is it whole\?$"):
        read_table(path)


def test_says_what_to_install_where_pyarrow_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "table.parquet").touch()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NotPublishable, match="is not installed: pip install pyarrow, or save the table as CSV"):
        read_table(tmp_path / "table.parquet")
