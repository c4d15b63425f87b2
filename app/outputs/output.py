"""Outputs: what every kind of answer brings with it. Each kind is a file beside this one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.outputs.prediction import Arrays, BatchPrediction

PROBABILITY_DECIMALS = 6
MOST_DECIMALS = 17

# How far a number may be from the golden one: other processors add up in another order.
_TOLERANCE = 1e-9
SHARE = {"type": "number", "minimum": 0, "maximum": 1}


@dataclass(frozen=True)
class Target:
    """Something that is predicted, and the parts that its answers are counted in: its classes, or deciles."""

    name: str
    parts: tuple[str, ...]


class Output(ABC):
    """How the answers of a model are written down, described, counted and compared with golden ones."""

    arrays: tuple[str, ...]
    """The arrays that the model computes for each instance, the answer itself first."""
    targets: tuple[Target, ...]
    """What is predicted: one target, but for models that predict several at once."""
    flat: frozenset[str] = frozenset({"labels"})
    """The arrays that have one number for each instance, not a row."""

    def gather(self, computed: Arrays, model_version: str) -> BatchPrediction:
        """Return the answers that an engine has computed, as arrays with a row for each instance."""
        return BatchPrediction(computed, model_version)

    def to_json(
        self, answers: BatchPrediction, n_features: int, decimals: int = PROBABILITY_DECIMALS
    ) -> list[dict[str, Any]]:
        """Return each of `answers` as the JSON object that `POST /predict` answers with."""
        rest = {"model_version": answers.model_version, "n_features_in": n_features}
        rows = self._list_rows(answers, decimals)
        for row in rows:
            row |= rest
        return rows

    def to_json_schemas(self) -> dict[str, dict[str, Any]]:
        """Return the JSON Schema of such an object as `Prediction`, after those that it refers to."""
        properties = {**self._describe(), "model_version": {"type": "string"}, "n_features_in": {"type": "integer"}}
        return {**self._describe_parts(), "Prediction": describe_object(properties)}

    def find_difference(self, answers: BatchPrediction, golden: BatchPrediction) -> str | None:
        """Return which array of `answers` is not as it is in `golden`, as far as floating point can tell."""
        for name in self.arrays:
            if not are_close(answers.arrays[name], golden.arrays[name]):
                return name
        return None

    @abstractmethod
    def find_parts(self, answers: BatchPrediction) -> NDArray[np.intp]:
        """Return in which part of each target each answer is, shape (n, n_targets)."""

    def find_confidence(self, answers: BatchPrediction) -> NDArray[np.float64] | None:
        """Return the probability of the likeliest class of each answer, shape (n,); `None` where there is none."""
        return None

    def measure_shares(self, answers: BatchPrediction) -> list[float]:
        """Return the share of each part of each target, one after the other."""
        parts = self.find_parts(answers)
        n_answers = max(len(parts), 1)
        return [
            float(count / n_answers)
            for number, target in enumerate(self.targets)
            for count in np.bincount(parts[:, number], minlength=len(target.parts))
        ]

    def parse_arrays(self, document: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Return the arrays that `document` holds as lists. Raises `ValueError` where they are not such arrays."""
        return {
            name: _parse_array(document[name], 1 if name in self.flat else 2, is_whole=name == "labels")
            for name in self.arrays
        }

    @abstractmethod
    def _list_rows(self, answers: BatchPrediction, decimals: int) -> list[dict[str, Any]]:
        """Return what is said of each instance, each time anew: more is added to it."""

    @abstractmethod
    def _describe(self) -> dict[str, Any]:
        """Return the JSON Schema of each key of it."""

    def _describe_parts(self) -> dict[str, dict[str, Any]]:
        """Return the JSON Schemas that those refer to."""
        return {}


def _parse_array(values: Any, n_dimensions: int, *, is_whole: bool) -> NDArray[Any]:
    """Return lists of numbers as an array of int64 or float64. Raises `ValueError`."""
    array = np.array(values)
    if array.dtype.kind not in ("i" if is_whole else "if") or array.ndim != n_dimensions:
        raise ValueError("the answers must be tables of numbers")
    return array.astype(np.int64 if is_whole else np.float64, copy=False)


def are_close(numbers: NDArray[Any], golden: NDArray[Any]) -> bool:
    """Return whether the numbers are the golden ones, as far as floating point can tell; integers must be equal."""
    if numbers.shape != golden.shape:
        return False
    if golden.dtype.kind == "i":
        return bool(np.array_equal(numbers, golden))
    magnitude = float(np.abs(golden).max(initial=1.0))
    return np.isfinite(magnitude) and bool(np.allclose(numbers, golden, rtol=0, atol=_TOLERANCE * magnitude))


def round_to(numbers: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """Return `numbers` rounded to so many decimals; as they are where that is as many as float64 has."""
    return numbers if decimals >= MOST_DECIMALS else np.round(numbers, decimals)


def describe_object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of an object with just these keys."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(properties),
        "additionalProperties": False,
    }
