"""The examples of the OpenAPI document: golden rows of the model being served, and the answers it gives to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from app.artifacts import Metadata
from app.columns.faults import Fault, FaultKind, InvalidInput
from app.columns.row_schema import MOST_COLUMNS_IN_FULL
from app.drift.psi import Drift
from app.drift.report import describe_drift
from app.drift.version import describe_version
from app.settings import Settings
from app.web.bodies.errors import BodyTooLarge
from app.web.problems import build_problem
from app.web.service import ServedModel

EXAMPLE_REQUEST_ID = "0f8fad5bd9cb469fa16570867728950e"
_BATCH_SIZE = 2
# Of so many features tells what would tell of each feature of a wide table.
_FEW_FEATURES = 5
_WATCHED_INSTANCES = 1000


class ApiExamples:
    """Requests and answers that are true of one served model."""

    def __init__(self, served: ServedModel) -> None:
        self._served = served
        self._rows = served.golden.list_instances()[:_BATCH_SIZE]
        instances = served.model.columns.parse_instances(self._rows)
        self._answers = served.model.to_json(served.model.answer(instances))
        self._n_features = served.model.columns.n_features
        self._is_wide = self._n_features > MOST_COLUMNS_IN_FULL
        metadata = served.model.metadata
        self._metadata = _shorten(metadata, _FEW_FEATURES) if self._is_wide else metadata

    def find(self, name: str) -> Any:
        """Return the example that a route's description names. Raises `KeyError` where there is none."""
        examples: dict[str, Callable[[], Any]] = {
            "predict_requests": self.predict_requests,
            "batch_requests": self.batch_requests,
            "prediction": self.prediction,
            "batch_prediction": self.batch_prediction,
            "health": self.health,
            "ready": self.ready,
            "model": self.model,
            "drift": self.drift,
        }
        return examples[name]()

    def summarize(self, name: str) -> str | None:
        """Return how the example of that name is shorter than an answer; `None` where it is not."""
        if not self._is_wide or name not in ("model", "drift"):
            return None
        return f"The first {_FEW_FEATURES} of {self._n_features} features"

    def predict_requests(self) -> dict[str, Any]:
        """Return a body of `POST /predict` by position and, of a table that is not wide, one by name."""
        row = self._rows[0]
        by_position = {"by_position": {"summary": "By position", "value": {"features": row}}}
        if self._is_wide:
            return by_position
        return {**by_position, "by_name": {"summary": "By name", "value": {"features": self._name(row)}}}

    def batch_requests(self) -> dict[str, Any]:
        """Return a body of `POST /predict/batch` by position and one by name; none for a wide table."""
        if self._is_wide:
            return {}
        rows = self._rows
        return {
            "by_position": {"summary": "By position", "value": {"instances": rows}},
            "by_name": {"summary": "By name", "value": {"instances": [self._name(row) for row in rows]}},
        }

    def prediction(self) -> dict[str, Any]:
        """Return the answer to the first request."""
        return self._answers[0]

    def batch_prediction(self) -> dict[str, Any]:
        """Return the answer to the batch."""
        return {
            "predictions": self._answers,
            "model_version": self._served.version,
            "n_instances": len(self._answers),
        }

    def health(self) -> dict[str, Any]:
        """Return what is said of a process that serves."""
        return {"status": "ok", "model_loaded": True, "model_version": self.model_version(), "uptime_seconds": 12.3}

    def ready(self) -> dict[str, Any]:
        """Return what is said where a model is loaded."""
        return {"status": "ready"}

    def model_version(self) -> str:
        """Return the version being served."""
        return self._served.version

    def model(self) -> dict[str, Any]:
        """Return the metadata being served; of a wide table, what they say of the first few features."""
        signed = {"signature_verified": self._served.is_signature_verified, "version_mismatch": None}
        return {**self._metadata.to_json(), **signed}

    def drift(self) -> dict[str, Any]:
        """Return what is said where the model is asked just what it was trained on; of a wide table less."""
        version = describe_version(self._metadata, "", _WATCHED_INSTANCES)
        expected = version.expected
        drift = None
        if expected is not None:
            none = np.zeros(len(expected.feature_names))
            shares = expected.prediction_shares
            drift = Drift(_WATCHED_INSTANCES, expected, none, none, expected.feature_shares, shares, prediction_psi=0.0)
        return describe_drift(version.version, drift, Settings.drift_window_hours)

    def too_large(self) -> str:
        """Return what is said of a body that is too long."""
        return str(BodyTooLarge(self._served.max_body_bytes))

    def problem(self, status: int, detail: str) -> dict[str, Any]:
        """Return the problem document of an error; the faults of a 422 name the model's own features."""
        invalid = None
        if status == 422:
            path = ("features", self._served.model.columns.feature_names[0])
            invalid = InvalidInput([Fault(path, "must be a finite number", FaultKind.NOT_FINITE)], total=1)
        return build_problem(status, detail, EXAMPLE_REQUEST_ID, invalid)

    def _name(self, row: list[Any]) -> dict[str, Any]:
        return dict(zip(self._served.model.columns.feature_names, row, strict=True))


def _shorten(metadata: Metadata, n_features: int) -> Metadata:
    """Return metadata with what they say of the first few features alone."""
    names = metadata.feature_names[:n_features]
    return replace(
        metadata,
        feature_names=names,
        columns=metadata.columns[:n_features],
        feature_ranges={name: metadata.feature_ranges[name] for name in names if name in metadata.feature_ranges},
        feature_distributions={
            name: metadata.feature_distributions[name] for name in names if name in metadata.feature_distributions
        },
    )
