"""The model: the columns, the engine and the output of one artifact, together."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.artifacts import Artifact, ArtifactCorrupt, Golden
from app.columns.kinds import build_table
from app.columns.number import NumberColumn
from app.columns.table import Rows
from app.engines.engine import Engine
from app.engines.estimator import EstimatorEngine
from app.outputs.output import PROBABILITY_DECIMALS
from app.outputs.prediction import Arrays, BatchPrediction

_ENGINES = {"estimator": EstimatorEngine}


class Model:
    """Parses rows, answers them and writes the answers down; built once from a verified artifact, then only read.

    To be built in the process that answers, after any fork: estimators may start threads when they predict.
    """

    def __init__(self, artifact: Artifact) -> None:
        """Unpickle `artifact`. Raises `ArtifactError` where that cannot be done, or makes nothing that answers."""
        self.metadata = artifact.metadata
        self.engine: Engine = _ENGINES["estimator"](artifact)
        largest = self.engine.largest_number
        columns = self.metadata.parse_columns()
        limited = [column.limit(largest) if isinstance(column, NumberColumn) else column for column in columns]
        self.columns = build_table(limited)
        self.output = self.metadata.build_output()

    @property
    def version(self) -> str:
        """The version of the artifact."""
        return self.metadata.version

    def answer(self, instances: Rows) -> BatchPrediction:
        """Return the answers for rows that the columns have parsed, in one pass.

        Raises `CannotCompute` where the model's own arithmetic fails. An estimator may work in place.
        """
        return self.gather(self.engine.compute(instances))

    def gather(self, arrays: Arrays) -> BatchPrediction:
        """Return the answers that the engine has computed as `arrays`."""
        return self.output.gather(arrays, self.version)

    def to_json(self, answers: BatchPrediction, decimals: int = PROBABILITY_DECIMALS) -> list[dict[str, Any]]:
        """Return each of `answers` as the JSON object that `POST /predict` answers with."""
        return self.output.to_json(answers, self.columns.n_features, decimals)

    def check_golden(self, golden: Golden, n_alone: int | None = None) -> tuple[BatchPrediction, BatchPrediction]:
        """Return the answers to `golden`, of all rows at once and of some one by one.

        Some estimators have no answer for a row alone: the first `n_alone` are asked for so, by default all. Raises
        `ArtifactCorrupt` unless all are as the trained estimator answered.
        """
        try:
            rows = self.columns.check_matrix(golden.instances)
            answers = self.answer(rows.copy())
            alone = [self.answer(rows[number : number + 1].copy()) for number in range(len(rows))[:n_alone]]
        except ValueError as error:
            fault = f"the self-test failed: the model refuses the rows of golden.json ({error})"
            raise ArtifactCorrupt(self.version, fault) from error
        joined = {name: np.concatenate([each.arrays[name] for each in alone]) for name in self.output.arrays}
        answers_alone = self.gather(joined)
        for given in (answers, answers_alone):
            expected = {name: array[: len(given)] for name, array in golden.arrays.items()}
            if different := self.output.find_difference(given, self.output.gather(expected, self.version)):
                raise ArtifactCorrupt(self.version, f"the self-test failed: {different} differ from golden.json")
        return answers, answers_alone


def load_model(artifact: Artifact, n_alone: int | None = None) -> Model:
    """Return the model of `artifact` once it has passed its self-test, with so many rows one by one.

    Raises `ArtifactError`.
    """
    model = Model(artifact)
    model.check_golden(artifact.golden, n_alone)
    return model
