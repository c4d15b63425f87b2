"""Probing: what a fitted model does with values that training has not seen, in the columns that list their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.artifacts.errors import NotPublishable
from app.columns.category import CategoryColumn
from app.columns.column import Column
from app.columns.number import NumberColumn
from app.columns.text import TextColumn
from app.engines.inputs import choose_input
from app.tables.rows import take, to_rows
from app.tables.typed_table import is_missing, list_columns

# An integer of more values is a number, whatever the model makes of others.
_MOST_INTEGERS = 1000
_FEW = 100
# Some models have no answer for one row; servers ask them for more at once.
_LEAST_ROWS = 2
_UNSEEN_TEXT = "no value of training"


@dataclass(frozen=True)
class Probe:
    """A value that training has not seen, in one column of a row that is otherwise known."""

    place: int
    value: Any


def probe_columns(predict: Callable[[Any], Any], X: Any, columns: Sequence[Column], container: str) -> list[Column]:
    """Return `columns` as the fitted model turns out to need them.

    A category is open where the model answers for values that it has not seen. A whole number or a text is a category
    where the model refuses such values: an encoder does. A value may be missing where there are gaps in `X` and the
    model answers them. `predict` takes what the model was trained on. Raises `NotPublishable` where it has no answer
    for a row of `X` itself.
    """
    probes = [probe for place, column in enumerate(columns) for probe in _list_probes(place, column, X)]
    gaps = [Probe(place, None) for place, column in enumerate(columns) if column.missing]
    known = to_rows(take(X, np.zeros(1, np.intp)), columns)
    build_input = choose_input(container, columns)

    def refuses(tried: Sequence[Probe]) -> bool:
        rows = np.repeat(known, max(len(tried), _LEAST_ROWS), axis=0)
        for number, probe in enumerate(tried):
            rows[number, probe.place] = probe.value
        try:
            predict(build_input(rows))
        except Exception:  # whatever an estimator raises, it has no answer
            return True
        return False

    _check_known(predict, build_input(np.repeat(known, _LEAST_ROWS, axis=0)))
    without_gaps = {probe.place for probe in _find_refused(gaps, refuses)}
    columns = [
        replace(column, missing=False) if place in without_gaps else column for place, column in enumerate(columns)
    ]
    refused = {probe.place for probe in _find_refused(probes, refuses)}
    probed = {probe.place for probe in probes}
    return [
        _decide(column, X, place, is_refused=place in refused) if place in probed else column
        for place, column in enumerate(columns)
    ]


def _check_known(predict: Callable[[Any], Any], known: Any) -> None:
    try:
        predict(known)
    except Exception as error:
        raise NotPublishable(
            "The model has no answer for the first row of the table. Was it trained on this table, with the columns in "
            "this order and of these types, and with gaps where this row has any?"
        ) from error


def _list_probes(place: int, column: Column, X: Any) -> list[Probe]:
    if isinstance(column, CategoryColumn):
        # What pandas' own type does not list is a missing value before any estimator sees it.
        values = [] if column.dtype == "category" else _make_unseen(column.values)
        return [Probe(place, value) for value in values]
    if isinstance(column, TextColumn):
        return [Probe(place, _UNSEEN_TEXT)]
    if isinstance(column, NumberColumn):
        # Upwards alone: a logarithm has no answer below what it has seen either.
        return [Probe(place, value + 1) for value in _list_integers(X, place)[-1:]]
    return []


def _list_integers(X: Any, place: int) -> list[int]:
    """Return the distinct values of a column of few whole numbers, in order; nothing where it is another column."""
    typed = list_columns(_select(X, place))[0].values
    present = typed[~is_missing(typed)].astype(np.float64)
    if (present[:_FEW] != np.floor(present[:_FEW])).any():
        return []
    distinct = np.unique(present)
    is_list = len(distinct) <= _MOST_INTEGERS and (distinct == np.floor(distinct)).all()
    return [int(value) for value in distinct] if is_list else []


def _select(X: Any, place: int) -> Any:
    """Return the table of one column of `X`: listing them all for each would take seconds where there are many."""
    if isinstance(X, np.ndarray) and X.ndim == 2:
        return X[:, place : place + 1]
    return X.iloc[:, place : place + 1] if hasattr(X, "iloc") and hasattr(X, "columns") else X


def _make_unseen(values: Sequence[Any]) -> list[Any]:
    """Return values of the same types as `values` that are none of them; there is no such boolean."""
    integers = [value for value in values if type(value) is int]
    unseen: list[Any] = [max(integers) + 1, min(integers) - 1] if integers else []
    if any(isinstance(value, str) for value in values):
        unseen.append(_UNSEEN_TEXT)
    return unseen


def _find_refused(probes: Sequence[Probe], refuses: Callable[[Sequence[Probe]], bool]) -> list[Probe]:
    """Return the probes that the model has no answer for, by halves: mostly there are none, or few."""
    if not probes or not refuses(probes):
        return []
    if len(probes) == 1:
        return list(probes)
    half = len(probes) // 2
    return [*_find_refused(probes[:half], refuses), *_find_refused(probes[half:], refuses)]


def _decide(column: Column, X: Any, place: int, is_refused: bool) -> Column:
    if isinstance(column, CategoryColumn):
        return replace(column, unseen=not is_refused)
    if not is_refused:
        return column
    if isinstance(column, NumberColumn):
        return _make_category(column, _list_integers(X, place))
    typed = list_columns(X)[place].values
    return _make_category(column, sorted(set(typed[~is_missing(typed)].tolist())))


def _make_category(column: Column, values: list[Any]) -> CategoryColumn:
    return CategoryColumn(column.name, column.missing, column.dtype, values, gap=column.gap)
