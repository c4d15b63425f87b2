"""Parquet files: from typed columns to those that a model is trained on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.artifacts.errors import NotPublishable
from app.columns.integer import LARGEST_INTEGER
from app.tables.table_names import check_columns_exist
from app.tables.text_kinds import BEYOND_FLOATS, FoundKind, find_kind_of_words
from app.tables.text_series import to_series
from app.tables.text_table import TextColumn, check_header


def read_parquet(
    path: Path, kinds: Mapping[str, str], drop: Collection[str]
) -> Iterator[tuple[str, pd.Series, FoundKind]]:
    """Yield the columns of a Parquet file that are not dropped: the name, the values and the kind.

    A column keeps the kind that its type has, unless `kinds` overrules it. Raises `NotPublishable`.
    """
    table = _open(path)
    names = [str(name) for name in table.column_names]
    check_header(names, path.name)
    if not table.num_rows:
        raise NotPublishable(f"{path.name} has no rows.")
    check_columns_exist([*kinds, *drop], names, path.name)
    for place, name in enumerate(names):
        if name not in drop:
            series, found = _type_column(name, table.column(place))
            if name in kinds and kinds[name] != found.kind:
                series, found = to_series(_to_texts(name, series), kinds[name]), FoundKind(kinds[name], "as asked for")
            yield name, series, found


def _open(path: Path) -> Any:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise NotPublishable(
            f"{path.name} is a Parquet file, and pyarrow, which reads those, is not installed: pip install pyarrow, or "
            "save the table as CSV."
        ) from error
    try:
        return parquet.read_table(path)
    except (ArrowException, OSError) as error:
        raise NotPublishable(f"{path.name} cannot be read as Parquet: is it whole?") from error


def _type_column(name: str, values: Any) -> tuple[pd.Series, FoundKind]:
    import pyarrow.types as types

    said = str(values.type)
    if types.is_boolean(values.type):
        return _build_booleans(values), FoundKind("boolean", said)
    if types.is_integer(values.type) or types.is_floating(values.type) or types.is_decimal(values.type):
        return _type_numbers(name, values, said)
    if types.is_timestamp(values.type) or types.is_date(values.type):
        return _build_moments(values), FoundKind("date-time", said)
    if types.is_dictionary(values.type):
        column = _to_texts(name, values.to_pandas().astype(object))
        return to_series(column, "category"), FoundKind("category", said.partition("<")[0])
    if types.is_string(values.type) or types.is_large_string(values.type) or types.is_null(values.type):
        column = _to_texts(name, pd.Series(values.to_pylist(), dtype=object))
        found = find_kind_of_words(column, set(column.texts)) if column.texts else FoundKind("number", "no values")
        return to_series(column, found.kind), found
    raise NotPublishable(
        f"The column {name!r} is of the type {said}, which is no kind of column here. Make numbers, texts, booleans or "
        "dates of it, or drop it."
    )


def _type_numbers(name: str, values: Any, said: str) -> tuple[pd.Series, FoundKind]:
    kind = "integer" if said.startswith(("int", "uint")) else "number"
    if kind == "integer":
        whole = pd.Series(values.to_pylist(), dtype=object)
        if max((abs(each) for each in whole if each is not None), default=0) > LARGEST_INTEGER:
            column = _to_texts(name, whole)
            found = find_kind_of_words(column, set(column.texts), BEYOND_FLOATS)
            return to_series(column, found.kind), found
    numbers = np.array(values.to_pylist(), dtype=np.float64)
    if np.isinf(numbers).any():
        row = int(np.isinf(numbers).argmax()) + 1
        raise NotPublishable(f"The column {name!r} holds an infinite number (row {row}): make it a gap, or drop it.")
    is_whole = kind == "integer" and not np.isnan(numbers).any()
    return pd.Series(numbers.astype(np.int64) if is_whole else numbers), FoundKind(kind, said)


def _build_booleans(values: Any) -> pd.Series:
    listed = values.to_pylist()
    if values.null_count:
        return pd.Series([np.nan if value is None else value for value in listed], dtype=object)
    return pd.Series(np.array(listed, dtype=np.bool_))


def _build_moments(values: Any) -> pd.Series:
    moments = pd.Series(pd.to_datetime(pd.Series(values.to_pandas())))
    if moments.dt.tz is not None:
        return moments.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return moments.astype("datetime64[us]")


def _to_texts(name: str, series: pd.Series) -> TextColumn:
    """Return the values as a CSV file would have them."""
    missing = series.isna().to_numpy()
    texts = [_write(value) for value in series[~missing]]
    return TextColumn(name, texts, np.flatnonzero(~missing) + 1, missing, "row")


def _write(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, float)) and float(value).is_integer():
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
