"""The estimator engine: the fitted preprocessor and estimator of an artifact, asked themselves."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from app.artifacts import Artifact, ArtifactCorrupt
from app.columns.kinds import build_table
from app.columns.table import Rows, Table
from app.engines.engine import CannotCompute, Engine
from app.engines.inputs import choose_input
from app.engines.number_limit import find_largest_number
from app.engines.parallelism import answer_in_single_thread
from app.engines.passes import answers_by_row, compute_in_passes, find_order, transforms_by_row
from app.engines.responses import RESPONSES
from app.outputs.prediction import Arrays

PASSTHROUGH = "passthrough"
"""What stands in the place of a preprocessor where there is none, as scikit-learn writes it."""

# What estimators raise for values that they have no answer for. All else is a defect.
_REFUSALS = (ValueError, TypeError, LookupError, ArithmeticError)


class EstimatorEngine(Engine):
    """Answers for checked rows, by the estimators themselves; built once from a verified artifact, then only read."""

    def __init__(self, artifact: Artifact) -> None:
        metadata = artifact.metadata
        self._preprocessor, estimator = artifact.unpickle()
        answer_in_single_thread((self._preprocessor, estimator))
        if self._preprocessor != PASSTHROUGH and not hasattr(self._preprocessor, "transform"):
            raise ArtifactCorrupt(metadata.version, "the preprocessor has no transform")
        self._response = RESPONSES[metadata.task](estimator, metadata)
        columns = metadata.parse_columns()
        table = build_table(columns)
        self._noun = table.noun
        self._build_input = choose_input(metadata.container, columns)
        self._known_row = _parse_known_row(table, artifact)
        numeric = np.flatnonzero([column.is_numeric for column in columns])
        ranges = metadata.feature_ranges.values()
        largest_trained = max((abs(limit) for extremes in ranges for limit in extremes.values()), default=0.0)
        transformed = self._transform_known_rows()
        self._order = find_order(transformed)
        self._is_by_row = transforms_by_row(self._preprocessor) and answers_by_row(estimator, transformed)
        self._transforms_by_row = transforms_by_row(self._preprocessor) and not hasattr(transformed, "iloc")
        self.largest_number = find_largest_number(self._transform, self._known_row, numeric, largest_trained)

    def compute(self, rows: Rows) -> Arrays:
        """Return the answers for checked rows, by one pass of each estimator."""
        try:
            arrays = self._compute_once(rows)
        except _REFUSALS as error:
            # A preprocessor may refuse numbers that it has no answer for: a logarithm, those below zero.
            refused = [row for row in range(len(rows)) if self._refuses(rows[row : row + 1])]
            if not refused or len(refused) == len(rows) and self._is_broken():
                raise
            raise CannotCompute(refused, self._noun) from error
        are_finite = [np.isfinite(array) for array in arrays.values() if array.dtype.kind == "f"]
        if not all(each.all() for each in are_finite):
            fit = [each.reshape(len(rows), -1).all(axis=1) for each in are_finite]
            raise CannotCompute(np.flatnonzero(~np.logical_and.reduce(fit)).tolist(), self._noun)
        return arrays

    def _compute_once(self, rows: Rows) -> Arrays:
        with np.errstate(all="ignore"):
            if self._is_by_row:
                return self._ask(rows)
            if not self._transforms_by_row:
                return compute_in_passes(self._ask, rows, len(rows))
            return compute_in_passes(self._response.ask, self._transform(rows), len(rows), self._order)

    def _ask(self, rows: Rows) -> Arrays:
        return self._response.ask(self._transform(rows))

    def _transform_known_rows(self) -> Any:
        try:
            return self._transform(np.repeat(self._known_row, 2, axis=0))
        except _REFUSALS:  # the self-test will tell
            return None

    def _transform(self, rows: Rows) -> Any:
        given = self._build_input(rows)
        return given if self._preprocessor == PASSTHROUGH else self._preprocessor.transform(given)

    def _refuses(self, row: Rows) -> bool:
        try:
            self._compute_once(row)
        except _REFUSALS:
            return True
        return False

    def _is_broken(self) -> bool:
        """Return whether not even a row is answered that was answered in training: then no caller is to blame."""
        return self._refuses(self._known_row.copy())


def _parse_known_row(table: Table, artifact: Artifact) -> Rows:
    try:
        return table.check_matrix(artifact.golden.instances[:1])
    except ValueError as error:
        fault = f"the self-test failed: the model refuses the rows of golden.json ({error})"
        raise ArtifactCorrupt(artifact.metadata.version, fault) from error


# Names, which have been checked already, where an estimator was trained on none, or none where on names: a line a
# request.
warnings.filterwarnings("ignore", message="X (does not have valid|has) feature names")
