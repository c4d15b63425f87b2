"""Advice on a table before a model is trained on it: what will make it look better than it is, or no better at all.

Each warning is a sentence that says what to do. What cannot be trained on at all is refused elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

FEW_ROWS_A_CLASS = 5

# Below that many rows, values that are all distinct say nothing.
_LEAST_ROWS_FOR_IDS = 20
_NEARLY_ALL = 0.95
_LEAST_SHARE_OF_REPEATED = 0.01
_MOST_NAMED = 5
_COMMA_NUMBER = r"[+-]?\d+(?:[.\s]\d{3})*,\d+"
_ID_NAME = re.compile(r"(?i:^(?:id|uuid|guid|key)$|.*[_\s-](?:id|uuid|guid|key)$)|.*[a-z](?:Id|ID|UUID)$")


def find_warnings(
    X: pd.DataFrame, targets: pd.DataFrame, kinds: Mapping[str, str], task: str, is_split_by_time: bool = False
) -> list[str]:
    """Return what whoever trains should know of a table, a sentence each.

    X : the columns that are learnt from; targets : those that are learnt, without gaps; kinds : by column.
    """
    return [
        *_warn_of_columns(X, kinds),
        *(warning for name in targets for warning in _warn_of_leaks(X, targets[name])),
        *(_warn_of_classes(targets) if task == "classification" else ()),
        *_warn_of_rows(X, targets),
        *_warn_of_times(kinds, list(X.columns), is_split_by_time),
    ]


def _warn_of_columns(X: pd.DataFrame, kinds: Mapping[str, str]) -> Iterator[str]:
    for name in X:
        n_values = X[name].nunique()
        if n_values == 0:
            yield f"{name!r} is empty in every row: leave it out with --drop {_quote(name)}."
        elif n_values == 1 and not X[name].isna().any():
            yield f"{name!r} is the same in every row, so nothing is learnt from it: --drop {_quote(name)}."
        elif kinds[name] in {"category", "text"} and _are_numbers_written_otherwise(X[name]):
            yield (
                f"The texts of {name!r} look like numbers with a comma: write them as JSON does, 1.5, or it is learnt "
                f"from them as from words. Or leave it out: --drop {_quote(name)}."
            )
        elif _is_id(X[name], n_values, kinds[name]):
            yield (
                f"{name!r} has another value in nearly every row, as an id has, which says nothing of new rows: "
                f"leave it out with --drop {_quote(name)}, unless it is a quantity or a text."
            )


def _are_numbers_written_otherwise(values: pd.Series) -> bool:
    present = values.dropna()
    return bool(len(present)) and bool(present.astype(str).str.fullmatch(_COMMA_NUMBER).mean() >= _NEARLY_ALL)


def _is_id(values: pd.Series, n_values: int, kind: str) -> bool:
    if len(values) < _LEAST_ROWS_FOR_IDS or kind not in {"integer", "category", "text"}:
        return False
    if _ID_NAME.fullmatch(str(values.name)):
        return n_values >= _NEARLY_ALL * int(values.count())
    if n_values < len(values):
        return False
    return kind == "integer" or not any(" " in text for text in values)


def _warn_of_leaks(X: pd.DataFrame, target: pd.Series) -> Iterator[str]:
    of_target = pd.factorize(target)[0]
    n_classes = int(of_target.max()) + 1
    for name in X:
        if _says_the_same(X[name], target, of_target, n_classes):
            yield (
                f"{name!r} says the same as the target {target.name!r} in every row, so that the model will look "
                f"perfect: unless it is known before the target is, leave it out with --drop {_quote(name)}."
            )


def _says_the_same(
    values: pd.Series, target: pd.Series, of_target: np.ndarray[tuple[int], np.dtype[np.intp]], n_classes: int
) -> bool:
    """Return whether a column is the target, or another name for each of its values."""
    codes = pd.factorize(values, use_na_sentinel=False)[0]
    if n_classes < 2 or int(codes.max()) + 1 != n_classes:
        return False
    if n_classes > len(target) // 2:  # of values that nearly all occur once, any are another name for any
        return bool(pd.api.types.is_numeric_dtype(values.dtype) and np.array_equal(values, target))
    return len(np.unique(codes * np.intp(n_classes) + of_target)) == n_classes


def _warn_of_classes(targets: pd.DataFrame) -> Iterator[str]:
    for name in targets:
        counts = targets[name].value_counts()
        rare = [f"{value!r} ({count})" for value, count in counts.items() if count <= FEW_ROWS_A_CLASS]
        if rare:
            more = f" and {len(rare) - _MOST_NAMED} more" if len(rare) > _MOST_NAMED else ""
            yield (
                f"Classes of {name!r} with {FEW_ROWS_A_CLASS} rows or fewer are hardly learnt, nor measured: "
                f"{', '.join(rare[:_MOST_NAMED])}{more}. Find more such rows, or join classes."
            )
        share = counts.iloc[0] / len(targets)
        if share >= _NEARLY_ALL:
            yield (
                f"{counts.index[0]!r} is the target in {share:.1%} of the rows, so that an accuracy of {share:.1%} is "
                "that of a model that says nothing else: judge by the ROC AUC or the F1."
            )


def _warn_of_rows(X: pd.DataFrame, targets: pd.DataFrame) -> Iterator[str]:
    n_rows, n_columns = X.shape
    if n_columns > n_rows:
        yield (
            f"There are more columns ({n_columns}) than rows ({n_rows}): some fit by chance. Leave out those that you "
            "do not expect to matter."
        )
    n_repeated = int(pd.concat([X, targets], axis=1).duplicated().sum())
    if n_repeated >= max(1, _LEAST_SHARE_OF_REPEATED * n_rows):
        yield (
            f"{n_repeated} rows are there more than once, and may be tested on after they were learnt by heart: remove "
            "the copies, or name the column that rows of one thing share with --groups."
        )


def _warn_of_times(kinds: Mapping[str, str], names: list[str], is_split_by_time: bool) -> Iterator[str]:
    times = [name for name in names if kinds[name] == "date-time"]
    if times and not is_split_by_time:
        yield (
            f"The rows have a time, {times[0]!r}, and are split by chance: if the model will answer for later rows "
            f"than it has seen, have it tested on the latest with --time {_quote(times[0])}."
        )


def _quote(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]+", name) else f"'{name}'"
