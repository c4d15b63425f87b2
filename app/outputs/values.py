"""Values: the numbers that a regressor predicts, one for each target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.outputs.output import Output, Target, describe_object
from app.outputs.prediction import BatchPrediction

_DECILES = tuple(map(str, range(1, 11)))


class ValueOutput(Output):
    """The answers of a regressor with these `targets`; one alone is answered as `value`.

    deciles : shape (n_targets, 9), those of the values predicted for the training rows, which answers are counted by.
    """

    arrays = ("values",)

    def __init__(self, targets: Sequence[str], deciles: Sequence[Sequence[float]]) -> None:
        self._names = tuple(targets)
        self._deciles = np.array(deciles, dtype=np.float64)
        self.targets = tuple(Target(name, _DECILES) for name in targets)

    def find_parts(self, answers: BatchPrediction) -> NDArray[np.intp]:
        """Return the decile of each value, 0 to 9; what is outside the training range is in the first or the last."""
        return np.column_stack(
            [np.searchsorted(deciles, values) for deciles, values in zip(self._deciles, answers.values.T, strict=True)]
        )

    def _list_rows(self, answers: BatchPrediction, decimals: int) -> list[dict[str, Any]]:
        rows = answers.values.tolist()
        if len(self._names) == 1:
            return [{"value": value} for (value,) in rows]
        return [{"values": dict(zip(self._names, row, strict=True))} for row in rows]

    def _describe(self) -> dict[str, Any]:
        number = {"type": "number"}
        if len(self._names) == 1:
            return {"value": {**number, "description": "The predicted value."}}
        values = {"description": "By target.", **describe_object(dict.fromkeys(self._names, number))}
        return {"values": values}
