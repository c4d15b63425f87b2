"""ModelPredictor: a published model for scripts, which loads once and answers for rows of values. Needs no Flask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.artifacts import AcceptancePolicy, Artifact, Golden, Metadata, read_artifact
from app.columns.table import Table
from app.model.model import Model
from app.model.rows import Instance, Instances, parse_rows, to_batch
from app.outputs.output import PROBABILITY_DECIMALS
from app.outputs.prediction import BatchPrediction, Prediction

__all__ = ["BatchPrediction", "ModelPredictor", "Prediction"]


class ModelPredictor:
    """Answers for instances with a published model.

    `load` once in the process that predicts, then call `predict` and `predict_batch` from any number of threads.
    """

    def __init__(
        self,
        artifact_dir: Path | str = "artifacts",
        version: str | None = None,
        policy: AcceptancePolicy = AcceptancePolicy(),
    ) -> None:
        """Choose a published version, by default the current one; nothing is read before `load`."""
        self._artifact_dir = Path(artifact_dir)
        self._requested_version = version
        self._policy = policy
        self._loaded: Model | None = None

    def load(self, artifact: Artifact | None = None) -> None:
        """Make the model ready: from `artifact`, already verified, or from disk.

        Raises `ArtifactError` when there is none, when it is corrupt or when it cannot be loaded.
        """
        self._loaded = Model(artifact or read_artifact(self._artifact_dir, self._requested_version, self._policy))

    @property
    def is_loaded(self) -> bool:
        """Whether `load` has succeeded."""
        return self._loaded is not None

    @property
    def metadata(self) -> Metadata:
        """The metadata of the loaded artifact."""
        return self._model.metadata

    @property
    def version(self) -> str:
        """The version of the loaded artifact."""
        return self._model.metadata.version

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The features in the model's order."""
        return self._model.columns.feature_names

    @property
    def expected_n_features(self) -> int:
        """How many values an instance has."""
        return self._model.columns.n_features

    @property
    def columns(self) -> Table:
        """The rows that the loaded model accepts."""
        return self._model.columns

    def predict(self, instance: Instance) -> Prediction:
        """Return the answer for one instance: a value for each feature in the model's order, or by name.

        Raises `RuntimeError` before `load`, `ValueError` when the row breaks the contract.
        """
        return self.predict_batch(to_batch(instance))[0]

    def predict_batch(self, instances: Instances) -> BatchPrediction:
        """Return the answers for at least one instance: a row each in a sequence, an array or a frame of pandas.

        The columns of a frame may stand in any order. A missing value is `None`, NaN, or what pandas has in its place.
        Raises `RuntimeError` before `load`, `ValueError` when a row breaks the contract.
        """
        model = self._model
        return model.answer(parse_rows(model.columns, instances))

    def to_json(self, answers: BatchPrediction, decimals: int = PROBABILITY_DECIMALS) -> list[dict[str, Any]]:
        """Return each of `answers` as `POST /predict` answers it, with the names of classes and targets.

        Raises `RuntimeError` before `load`.
        """
        return self._model.to_json(answers, decimals)

    def check_golden(self, golden: Golden) -> None:
        """Raise `ArtifactCorrupt` unless the model answers `golden` as the trained estimator did."""
        self._model.check_golden(golden)

    @property
    def _model(self) -> Model:
        if self._loaded is None:
            raise RuntimeError("No model is loaded. Call .load() before .predict().")
        return self._loaded
