"""Typed tables, which models are trained on: an array, a pandas frame or a list of texts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.artifacts.errors import NotPublishable


def find_container(X: Any) -> str:
    """Return what `X` is: `array`, `frame` or `texts`. Raises `NotPublishable` for what is none of them."""
    if isinstance(X, np.ndarray) and X.ndim == 2:
        return "array"
    if hasattr(X, "iloc") and hasattr(X, "columns"):
        return "frame"
    if isinstance(X, (list, tuple)) or hasattr(X, "tolist") and getattr(X, "ndim", 0) == 1:
        return "texts"
    raise NotPublishable(f"X must be a 2-D array, a pandas frame or a list of texts, not {type(X).__name__}.")


class TypedColumn(NamedTuple):
    """The values of a column, as numbers, moments or objects, and the name of their type.

    categories : the values that the type allows, in its order, and whether that order means anything; else `None`.
    categories_dtype : of what type pandas has those.
    """

    values: NDArray[Any]
    dtype: str
    categories: list[Any] | None = None
    ordered: bool = False
    categories_dtype: str = "object"


def list_columns(X: Any) -> list[TypedColumn]:
    """Return the columns of `X`. Raises `NotPublishable` where it is no table."""
    container = find_container(X)
    if container == "texts":
        texts = np.empty(len(X), dtype=object)
        texts[:] = list(X)
        return [TypedColumn(texts, "object")]
    if container == "array":
        if X.dtype.kind == "M":
            raise NotPublishable("X is an array of moments. Make a pandas frame of it, or numbers.")
        X = X.astype(object) if X.dtype.kind == "U" else X
        return [TypedColumn(X[:, place], X.dtype.name) for place in range(X.shape[1])]
    return [_unpack(X.iloc[:, place]) for place in range(X.shape[1])]


def is_missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values are missing: NaN, `None`, and what pandas writes in their place."""
    missing = np.zeros(len(values), np.bool_)
    if values.dtype.kind == "f":
        missing |= np.isnan(values)
    elif values.dtype.kind == "M":
        missing |= np.isnat(values)
    elif values.dtype.kind == "O":
        missing |= [_is_missing_value(value) for value in values.tolist()]
    return missing


def _is_missing_value(value: Any) -> bool:
    # Of pandas' own mark nothing is true, not even that it equals itself.
    return value is None or type(value).__name__ in {"NAType", "NaTType"} or isinstance(value, float) and value != value


def _unpack(series: Any) -> TypedColumn:
    dtype = str(series.dtype)
    if type(series.dtype).__name__ == "ArrowDtype":
        raise NotPublishable(
            f"The column {series.name!r} is of Arrow's type {dtype}, and servers do without pyarrow. Train on a frame "
            "of pandas' own types: X.convert_dtypes(dtype_backend='numpy_nullable')."
        )
    if dtype.startswith("datetime64"):
        moments = series.dt.tz_convert("UTC").dt.tz_localize(None) if series.dt.tz is not None else series
        return TypedColumn(moments.to_numpy(dtype="datetime64[us]"), dtype)
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "iufb":
        return TypedColumn(series.to_numpy(), dtype)
    values = series.to_numpy(dtype=object)
    if dtype != "category":
        return TypedColumn(values, dtype)
    listed = series.cat.categories
    return TypedColumn(values, dtype, listed.tolist(), bool(series.cat.ordered), str(listed.dtype))
