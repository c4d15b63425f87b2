"""Kinds of the columns of a typed table, found from its types and its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts.errors import NotPublishable
from app.columns.boolean import BooleanColumn
from app.columns.category import CategoryColumn, sort_values
from app.columns.column import Column, to_plain
from app.columns.date_time import FIRST_YEAR, LAST_YEAR, DateTimeColumn
from app.columns.integer import LARGEST_INTEGER, IntegerColumn
from app.columns.kinds import KINDS
from app.columns.number import NumberColumn
from app.columns.text import TextColumn, is_encodable
from app.tables.typed_table import TypedColumn, find_container, is_missing, list_columns

# Strings are categories where there are few of them, or where each stands in five rows on average, up to a thousand.
_FEW_VALUES = 50
_LEAST_ROWS_A_VALUE = 5
_MOST_VALUES = 1000

# By the letter that numpy has for a type.
_KINDS: dict[str, type[Column]] = {
    "f": NumberColumn, "i": IntegerColumn, "u": IntegerColumn, "b": BooleanColumn, "M": DateTimeColumn,
}  # fmt: skip


def find_columns(X: Any, names: Sequence[str], kinds: Mapping[str, str] = {}) -> list[Column]:
    """Return the columns of `X`, in its order. `kinds` overrules what is found, by the column's name.

    Raises `NotPublishable` for a column that holds what no kind is for, and for a kind that it cannot have.
    """
    if unknown := kinds.keys() - set(names):
        raise NotPublishable(f"There is no column {', '.join(map(repr, sorted(unknown)))}: a kind was asked for it.")
    if wrong := set(kinds.values()) - KINDS.keys():
        raise NotPublishable(f"There is no kind {sorted(wrong)[0]!r}: the kinds are {', '.join(KINDS)}.")
    typed = list_columns(X)
    if len(names) != len(typed):
        counted = f"{len(typed)} column{'s' if len(typed) != 1 else ''}"
        raise NotPublishable(f"There are {len(names)} feature names for {counted}. Give each column one name.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise NotPublishable(f"Two columns have the name {twice!r}. Give each column a name of its own.")
    columns = [_find_column(name, each) for name, each in zip(names, typed, strict=True)]
    if find_container(X) == "texts":
        columns = [_overrule(column, "text", each.values) for column, each in zip(columns, typed, strict=True)]
    return [
        _overrule(column, kinds[column.name], each.values) if column.name in kinds else column
        for column, each in zip(columns, typed, strict=True)
    ]


def _find_column(name: str, typed: TypedColumn) -> Column:
    values, dtype = typed.values, typed.dtype
    missing = is_missing(values)
    has_gaps = bool(missing.any())
    if typed.categories is not None:
        listed = [_to_category(name, value) for value in typed.categories]
        return CategoryColumn(name, has_gaps, dtype, listed, ordered=typed.ordered, values_dtype=typed.categories_dtype)
    if values.dtype.kind == "O":
        column = _find_object_column(name, values[~missing], dtype)
        return replace(column, missing=has_gaps, gap=_find_gap(values[missing]))
    if values.dtype.kind not in _KINDS:
        raise NotPublishable(f"The column {name!r} is of the type {dtype}, which JSON has no values for.")
    column = _KINDS[values.dtype.kind](name, missing=has_gaps, dtype=dtype)
    if isinstance(column, DateTimeColumn):
        _check_years(name, values[~missing])
    return column


def _find_gap(missing: NDArray[Any]) -> str:
    """Return what stands for a missing value; where several things do, the first of them."""
    if not len(missing) or isinstance(missing[0], float):
        return "nan"
    return "None" if missing[0] is None else "NA"


def _check_years(name: str, moments: NDArray[Any]) -> None:
    if len(moments) and not (FIRST_YEAR <= _find_year(moments.min()) and _find_year(moments.max()) <= LAST_YEAR):
        raise NotPublishable(
            f"The column {name!r} holds moments outside of the years {FIRST_YEAR} to {LAST_YEAR}. If they stand for "
            "missing values, make gaps of them (pandas.NaT)."
        )


def _find_year(moment: Any) -> int:
    return int(str(moment.astype("datetime64[Y]")))


def _find_object_column(name: str, values: NDArray[Any], dtype: str) -> Column:
    """Return the column of objects, none of them missing."""
    plain = [to_plain(value) for value in values.tolist()]
    types = set(map(type, plain))
    if types <= {bool} and types:
        return BooleanColumn(name, dtype=dtype)
    if types <= {int} and types:
        return IntegerColumn(name, dtype=dtype)
    if types <= {int, float}:
        return NumberColumn(name, dtype=dtype)
    if not types <= {str, int, bool, float}:
        strange = sorted(each.__name__ for each in types - {str, int, bool, float})[0]
        raise NotPublishable(
            f"The column {name!r} holds values of the type {strange}. Make numbers, strings, booleans or moments "
            "(pandas.to_datetime) of them."
        )
    if types == {str} and not are_categories(plain):
        return TextColumn(name, dtype=dtype)
    return CategoryColumn(name, dtype=dtype, values=_list_distinct(name, plain))


def are_categories(texts: Sequence[str]) -> bool:
    """Return whether texts are values of a list, rather than each of its own."""
    n_values = len(set(texts))
    return n_values <= _FEW_VALUES or n_values <= min(len(texts) / _LEAST_ROWS_A_VALUE, _MOST_VALUES)


def _list_distinct(name: str, values: list[Any]) -> list[Any]:
    """Return the distinct values in order. Raises `NotPublishable` for one that is no category."""
    categories = {(type(value), value) for value in (_to_category(name, each) for each in values)}
    return sort_values(value for _, value in categories)


def _to_category(name: str, value: Any) -> Any:
    plain = to_plain(value)
    if isinstance(plain, float) and plain.is_integer():
        return int(plain)
    if type(plain) not in (str, int, bool):
        raise NotPublishable(
            f"The column {name!r} has {plain!r} among its categories: a category is a string, an integer or a boolean. "
            "Make strings of them, or leave the column a number."
        )
    if isinstance(plain, int) and abs(plain) > LARGEST_INTEGER:
        raise NotPublishable(
            f"The column {name!r} has {plain} among its categories, an integer beyond 2**53. Make strings of them."
        )
    if isinstance(plain, str) and not is_encodable(plain):
        raise NotPublishable(
            f"The column {name!r} has {plain!r} among its categories, which holds half a surrogate pair. Read the "
            "table as UTF-8."
        )
    return plain


def _overrule(column: Column, kind: str, values: NDArray[Any]) -> Column:
    """Return the column as one of another kind. Raises `NotPublishable` where its values are not of that kind."""
    if column.kind == kind:
        return column
    if kind == "date-time" or column.dtype == "category":
        raise NotPublishable(
            f"The column {column.name!r} is of the type {column.dtype}, on which the model was trained: it cannot be "
            f"of the kind {kind}. Convert it before training."
        )
    present = values[~is_missing(values)]
    if kind == "category":
        listed = _list_distinct(column.name, present.tolist())
        return CategoryColumn(column.name, column.missing, column.dtype, listed, gap=column.gap)
    # Numbers with a fraction may come where training had none.
    dtype = "float64" if kind == "number" else column.dtype
    overruled = KINDS[kind](column.name, column.missing, dtype, gap=column.gap)
    stranger = next((value for value in present.tolist() if not overruled.accepts(value)), None)
    if stranger is not None:
        raise NotPublishable(
            f"The column {column.name!r} cannot be of the kind {kind}: it holds {to_plain(stranger)!r}. It is of the "
            f"kind {column.kind}."
        )
    return overruled


def check_integers(columns: Sequence[Column], X: Any) -> None:
    """Raise `NotPublishable` where an integer is larger than float64 holds exactly."""
    for column, typed in zip(columns, list_columns(X), strict=True):
        values = typed.values[~is_missing(typed.values)]
        if column.kind == "integer" and len(values) and np.abs(values.astype(np.float64)).max() > LARGEST_INTEGER:
            raise NotPublishable(
                f"The column {column.name!r} holds integers beyond 2**53, which float64 does not hold: are they ids? "
                "Leave the column out, or make strings of them."
            )
