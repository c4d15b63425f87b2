"""Values: an array of whatever type as one of few types, so that what is trained on is what is served."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import DatasetInvalid

_REFUSED = {
    "c": "complex numbers",
    "V": "structured values",
    "S": "bytes",
    "m": "durations",
    "M": "dates",
}
_NUMBERS = (int, float, np.integer, np.floating)


def cast_values(values: Any, thing: str) -> NDArray[Any]:
    """Return `values` as an array of float64, int64, bool or, for texts and mixtures, of objects.

    Whole numbers stay whole where all are; `None` among numbers is a gap. `thing` is what the values are called.
    Raises `DatasetInvalid`.
    """
    array = _to_array(values, thing)
    if array.dtype.kind in _REFUSED:
        raise DatasetInvalid(f"{thing} holds {_REFUSED[array.dtype.kind]}, which no model is trained on here.")
    if array.dtype.kind == "U":
        return array.astype(object)
    if array.dtype.kind == "O":
        return _cast_objects(array, thing)
    return array if array.dtype.kind == "b" else _cast_numbers(array, thing)


def is_missing(value: Any) -> bool:
    """Return whether `value` stands for none: `None`, NaN, or what pandas has for that."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(value, (float, np.floating)) and math.isnan(value)


def find_missing_rows(array: NDArray[Any]) -> NDArray[np.int64]:
    """Return the indices of the rows of `array` in which a value is missing."""
    if array.dtype.kind == "f":
        missing = np.isnan(array)
    elif array.dtype.kind == "O":
        missing = np.vectorize(is_missing, otypes=[bool])(array)
    else:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(missing.reshape(len(array), -1).any(axis=1))


def _to_array(values: Any, thing: str) -> NDArray[Any]:
    if hasattr(values, "toarray"):
        raise DatasetInvalid(f"{thing} is sparse: hand it over dense, with toarray().")
    try:
        array: NDArray[Any] = np.asarray(values)
    except ValueError as error:
        raise DatasetInvalid(f"{thing} has rows of different lengths.") from error
    # Numbers beside texts in a list would become texts.
    return np.asarray(values, dtype=object) if array.dtype.kind == "U" and isinstance(values, (list, tuple)) else array


def _cast_numbers(array: NDArray[Any], thing: str) -> NDArray[Any]:
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    if array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise DatasetInvalid(f"{thing} holds a whole number beyond 64 bits with a sign: make it a float.")
    return array.astype(np.int64)


def _cast_objects(array: NDArray[Any], thing: str) -> NDArray[Any]:
    missing = np.vectorize(is_missing, otypes=[bool])(array) if array.size else np.zeros(array.shape, dtype=bool)
    types = {type(value) for value in array[~missing]}
    if any(issubclass(each, (bool, np.bool_)) for each in types):
        is_boolean = not missing.any() and all(issubclass(each, (bool, np.bool_)) for each in types)
        return array.astype(bool) if is_boolean else _check_types(array, thing)
    if not all(issubclass(each, _NUMBERS) for each in types):
        return _check_types(array, thing)
    is_whole = not missing.any() and all(issubclass(each, (int, np.integer)) for each in types)
    try:
        return np.where(missing, np.nan, array).astype(np.int64 if is_whole else np.float64)
    except OverflowError as error:
        raise DatasetInvalid(f"{thing} holds a whole number beyond 64 bits with a sign: make it a float.") from error


def _check_types(array: NDArray[Any], thing: str) -> NDArray[Any]:
    """Return `array`. Raises `DatasetInvalid` where an object in it is no text, number or boolean, nor missing."""
    for value in array.flat:
        if not (isinstance(value, (str, bool, np.bool_, *_NUMBERS)) or is_missing(value)):
            raise DatasetInvalid(
                f"{thing} holds a value of the type {type(value).__name__}: it must be texts, numbers or booleans."
            )
    return array
