"""Golden rows: real input, with the answers that the trained estimator gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.artifacts.manifest import check_keys
from app.outputs.output import Output


@dataclass(frozen=True, eq=False)
class Golden:
    """Rows of real input with the answers that the trained estimator gave for them.

    instances : shape (n_instances, n_features), float64 where all are numbers, else what JSON has in their place;
    arrays : what the model computed for them, by name, each with as many rows.
    """

    instances: NDArray[Any]
    arrays: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.instances)

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class indices of a classifier, shape (n_instances,)."""
        return self.arrays["labels"]

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The probabilities that a classifier gave, shape (n_instances, n_classes)."""
        return self.arrays["probabilities"]

    def list_instances(self) -> list[list[Any]]:
        """Return the rows as JSON-ready values, `None` for a missing one."""
        rows: list[list[Any]] = self.instances.tolist()
        return [[None if value != value else value for value in row] for row in rows]  # NaN differs from itself

    def to_json(self) -> dict[str, Any]:
        """Return the rows and answers as JSON-ready values that read back bit for bit."""
        answers = {name: array.tolist() for name, array in self.arrays.items()}
        return {"instances": self.list_instances(), **answers}

    @classmethod
    def from_json(cls, document: Any, output: Output) -> Golden:
        """Return the golden rows that `document` holds, with the arrays of `output`.

        Raises `ValueError` where it is not of the format.
        """
        check_keys(document, {"instances", *output.arrays})
        *first, last = "instances", *output.arrays
        fault = ValueError(f"{', '.join(first)} and {last} must be tables of equal length")
        instances, arrays = _parse_rows(document["instances"]), output.parse_arrays(document)
        if instances is None or not all(len(array) == len(instances) for array in arrays.values()):
            raise fault
        return cls(instances, arrays)


def _parse_rows(rows: Any) -> NDArray[Any] | None:
    """Return rows of equal length as a matrix: of float64 where all are numbers, with NaN for a missing one.

    `None` where they are no such rows.
    """
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        return None
    if len({len(row) for row in rows}) > 1:
        return None
    if all(type(value) in (int, float, type(None)) for row in rows for value in row):
        try:
            return np.array(rows, dtype=object).astype(np.float64)
        except OverflowError as error:
            raise ValueError(str(error)) from error
    table = np.empty((len(rows), len(rows[0])), dtype=object)
    table[:] = rows
    return table
