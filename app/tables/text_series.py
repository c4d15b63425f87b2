"""Series: columns of texts as a model is trained on them, each of the type that its kind has there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from app.artifacts.errors import NotPublishable
from app.columns.integer import LARGEST_INTEGER
from app.columns.kinds import KINDS
from app.tables.moments import is_readable_moment, parse_moment
from app.tables.numerals import is_number
from app.tables.text_table import BOOLEANS, TextColumn


def to_series(column: TextColumn, kind: str) -> pd.Series:
    """Return the column of this kind, with the type that a model is trained on and the gaps in their places.

    Raises `NotPublishable` for a text that is not of the kind, with the place where it stands.
    """
    accepts = _ACCEPTS.get(kind)
    if accepts is not None:
        refused = {text for text in set(column.texts) if not accepts(text)}
        if refused:
            index = next(place for place, text in enumerate(column.texts) if text in refused)
            raise NotPublishable(
                f"The column {column.name!r} cannot be of the kind {kind}: it holds {column.locate(index)}, "
                f"which must be {KINDS[kind](column.name).describe_value()}{_HINTS.get(kind, '')}."
            )
    return _BUILDERS[kind](column)


def _build_integers(column: TextColumn) -> pd.Series:
    if column.missing.any():
        return _build_numbers(column)
    return pd.Series(np.array(list(map(int, map(float, column.texts))), dtype=np.int64))


def _build_numbers(column: TextColumn) -> pd.Series:
    numbers = np.full(len(column.missing), np.nan)
    # As Python reads them, which is exact.
    numbers[~column.missing] = list(map(float, column.texts))
    return pd.Series(numbers)


def _build_booleans(column: TextColumn) -> pd.Series:
    values = [BOOLEANS[text] for text in column.texts]
    return _spread(column, values) if column.missing.any() else pd.Series(np.array(values, dtype=np.bool_))


def _build_texts(column: TextColumn) -> pd.Series:
    return _spread(column, column.texts)


def _build_categories(column: TextColumn) -> pd.Series:
    listed = sorted(set(column.texts))
    codes = np.full(len(column.missing), -1, dtype=np.intp)
    place_of = {text: place for place, text in enumerate(listed)}
    codes[~column.missing] = [place_of[text] for text in column.texts]
    # The index would be of pandas' own strings, which are not what requests bring.
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(listed, dtype=object)))


def _build_moments(column: TextColumn) -> pd.Series:
    moment_of = {text: _parse(text) for text in set(column.texts)}
    moments = np.full(len(column.missing), np.datetime64("NaT"), dtype="datetime64[us]")
    moments[~column.missing] = [moment_of[text] for text in column.texts]
    series = pd.Series(moments)
    is_dates_alone = all(len(text) == len("2026-01-31") for text in moment_of)
    return series if is_dates_alone else series.dt.tz_localize("UTC")


def _parse(text: str) -> datetime | None:
    moment = parse_moment(text)
    return moment and moment.replace(tzinfo=None)


def _spread(column: TextColumn, values: list[Any]) -> pd.Series:
    """Return objects in their rows, and NaN, which is what estimators know, in the others."""
    spread = np.full(len(column.missing), np.nan, dtype=object)
    spread[~column.missing] = values
    return pd.Series(spread, dtype=object)


def _is_whole(text: str) -> bool:
    return is_number(text) and float(text).is_integer() and abs(float(text)) <= LARGEST_INTEGER


_ACCEPTS: dict[str, Callable[[str], bool]] = {
    "number": is_number,
    "integer": _is_whole,
    "boolean": BOOLEANS.__contains__,
    "date-time": is_readable_moment,
}
_HINTS = {
    "number": " as JSON writes it, such as 12, -1.5 or 1e-3",
    "integer": " as JSON writes it, within 2**53",
    "boolean": ": true or false",
    "date-time": ", such as 2026-01-31T12:00:00Z or 2026-01-31",
}
_BUILDERS: dict[str, Callable[[TextColumn], pd.Series]] = {
    "number": _build_numbers,
    "integer": _build_integers,
    "boolean": _build_booleans,
    "category": _build_categories,
    "text": _build_texts,
    "date-time": _build_moments,
}
