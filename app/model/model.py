"""The model: the columns, the engine and the output of one artifact, together."""

from __future__ import annotations

from typing import Any

from app.artifacts import Artifact, ArtifactCorrupt, Golden
from app.columns.table import FloatMatrix
from app.model.kinds import build_engine, build_output, build_table
from app.outputs.classes import BatchPrediction


class Model:
    """Parses rows, answers them and writes the answers down; built once from a verified artifact, then only read.

    To be built in the process that answers, after any fork: estimators may start threads when they predict.
    """

    def __init__(self, artifact: Artifact) -> None:
        """Unpickle `artifact`. Raises `ArtifactError` where that cannot be done, or makes no classifier."""
        self.metadata = artifact.metadata
        self.engine = build_engine(artifact)
        self.columns = build_table(self.metadata, self.engine.largest_number)
        self.output = build_output(self.metadata)

    @property
    def version(self) -> str:
        """The version of the artifact."""
        return self.metadata.version

    def answer(self, instances: FloatMatrix) -> BatchPrediction:
        """Return the answers for rows that the columns have parsed, in one pass.

        Raises `CannotCompute` where the model's own arithmetic fails. An estimator may work in place.
        """
        return self.output.gather(self.engine.compute(instances), self.version)

    def to_json(self, answers: BatchPrediction) -> list[dict[str, Any]]:
        """Return each of `answers` as the JSON object that `POST /predict` answers with."""
        return self.output.to_json(answers, self.columns.n_features)

    def check_golden(self, golden: Golden) -> None:
        """Raise `ArtifactCorrupt` unless the model answers `golden` as the trained estimator did."""
        try:
            answers = self.answer(self.columns.check_matrix(golden.instances))
        except ValueError as error:
            fault = f"the self-test failed: the model refuses the rows of golden.json ({error})"
            raise ArtifactCorrupt(self.version, fault) from error
        expected = self.output.gather((golden.labels, golden.probabilities), self.version)
        if different := self.output.find_difference(answers, expected):
            raise ArtifactCorrupt(self.version, f"the self-test failed: {different} differ from golden.json")


def load_model(artifact: Artifact) -> Model:
    """Return the model of `artifact` once it has passed its self-test. Raises `ArtifactError`."""
    model = Model(artifact)
    model.check_golden(artifact.golden)
    return model
