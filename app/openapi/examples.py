"""The examples of the OpenAPI document: golden rows of the model being served, and the answers it gives to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from app.columns.faults import Fault, FaultKind, InvalidInput
from app.drift.psi import Drift
from app.drift.report import describe_drift
from app.settings import Settings
from app.web.bodies.errors import BodyTooLarge
from app.web.problems import build_problem
from app.web.service import ServedModel

EXAMPLE_REQUEST_ID = "0f8fad5bd9cb469fa16570867728950e"
_BATCH_SIZE = 2
_WATCHED_INSTANCES = 1000


class ApiExamples:
    """Requests and answers that are true of one served model."""

    def __init__(self, served: ServedModel) -> None:
        self._served = served
        self._instances = served.golden.instances[:_BATCH_SIZE]
        self._answers = served.model.to_json(served.model.answer(self._instances.copy()))

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

    def predict_requests(self) -> dict[str, Any]:
        """Return a body of `POST /predict` by position and one by name."""
        row = self._instances[0].tolist()
        return {
            "by_position": {"summary": "By position", "value": {"features": row}},
            "by_name": {"summary": "By name", "value": {"features": self._name(row)}},
        }

    def batch_requests(self) -> dict[str, Any]:
        """Return a body of `POST /predict/batch` by position and one by name."""
        rows = self._instances.tolist()
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
        """Return the metadata being served."""
        return self._served.model.metadata.to_json()

    def drift(self) -> dict[str, Any]:
        """Return what is said where the model is asked just what it was trained on."""
        metadata = self._served.model.metadata
        none = np.zeros(len(metadata.feature_names))
        shares = np.array(metadata.prediction_shares)
        drift = Drift(_WATCHED_INSTANCES, metadata.feature_names, none, none, shares, shares, prediction_psi=0.0)
        return describe_drift(metadata.version, drift if shares.size else None, Settings.drift_window_hours)

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

    def _name(self, row: list[float]) -> dict[str, float]:
        return dict(zip(self._served.model.columns.feature_names, row, strict=True))
