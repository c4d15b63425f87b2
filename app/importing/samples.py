"""Samples: a table as the model takes it, which may have been trained on an array, a frame or a list of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from app.artifacts.errors import NotPublishable
from app.importing.model_columns import check_count, check_names, find_categories, find_feature_names
from app.tables.rows import take

_FEW_ROWS = 3


def shape_sample(model: Any, frame: pd.DataFrame) -> Any:
    """Return the rows of a sample as the fitted model takes them.

    Names and order of the columns are checked first; then it is whatever the model has an answer for. Raises
    `NotPublishable`.
    """
    if not len(frame):
        raise NotPublishable("The sample has no rows: the model is tried with its rows, and they say what it takes.")
    names = find_feature_names(model)
    given = [str(name) for name in frame.columns]
    if names is not None:
        check_names(given, names)
    else:
        check_count(given, model)
    frame = _restore_categories(frame, find_categories(model, given))
    faults = []
    for shape in _list_shapes(model, frame, has_names=names is not None):
        X = shape()
        fault = _find_fault(model, X)
        if fault is None:
            return X
        faults.append(fault)
    raise NotPublishable(f"The model has no answer for the first rows of the sample: {faults[0]}.")


def _list_shapes(model: Any, frame: pd.DataFrame, has_names: bool) -> Iterator[Callable[[], Any]]:
    """Yield what makes each form that the rows may need, the likeliest first."""
    if not has_names:
        if frame.shape[1] == 1 and _is_text(frame.iloc[:, 0]):
            yield lambda: frame.iloc[:, 0].tolist()
        if all(_is_numeric(frame[name]) for name in frame):
            yield lambda: frame.to_numpy(dtype=np.float64)
    # Strings before categories: what is open to others is found out by trying, and pandas knows no others.
    yield lambda: _to_objects(frame)
    yield lambda: frame
    if not has_names:
        yield lambda: _to_objects(frame).to_numpy(dtype=object)


def _find_fault(model: Any, X: Any) -> str | None:
    """Return why the model does not answer the first rows, `None` where it does, each of them."""
    few = take(X, np.arange(min(_FEW_ROWS, len(X))))
    try:
        answered = len(model.predict(few)) == len(few)
    except Exception as error:  # whatever an estimator raises
        return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    return None if answered else "it gives another number of answers than there are rows"


def _restore_categories(frame: pd.DataFrame, categories: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return the frame with the categories of training, and in their order. Raises `NotPublishable` for others."""
    for name, values in categories.items():
        present = frame[name].dropna().astype(object)
        typed = present.map({str(value): value for value in values}) if present.map(type).eq(str).all() else present
        if strangers := sorted({str(value) for value in present[~typed.isin(values)]}):
            raise NotPublishable(
                f"The column {name!r} of the sample holds {strangers[0]!r}, which is none of the "
                f"{len(values)} categories that the model was trained with: {', '.join(map(str, values[:20]))}."
            )
        column = typed.reindex(frame.index).astype(pd.CategoricalDtype(list(values)))
        frame = frame.assign(**{name: column})
    return frame


def _to_objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with strings in place of categories."""
    return frame.astype({name: object for name in frame if str(frame[name].dtype) == "category"})


def _is_numeric(values: pd.Series) -> bool:
    return isinstance(values.dtype, np.dtype) and values.dtype.kind in "iufb"


def _is_text(values: pd.Series) -> bool:
    return not _is_numeric(values) and bool(values.map(type).eq(str).all())
