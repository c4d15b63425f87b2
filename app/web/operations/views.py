"""What operators and load balancers ask: /health, /ready, /model, /model/drift and /metrics."""

from __future__ import annotations

import time

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from app.drift.report import describe_drift
from app.web.description import MODEL_PROBLEMS, Answer, describe
from app.web.service import get_service

blueprint = Blueprint("operations", __name__)

_started_at_seconds = time.monotonic()


@blueprint.get("/health")
@describe(
    "Liveness: whether the process answers, with or without a model", Answer("The process answers.", "Health", "health")
)
def health() -> ResponseReturnValue:
    """Say that the process answers, with or without a model."""
    served = get_service().served
    return {
        "status": "ok",
        "model_loaded": served is not None,
        "model_version": served.version if served else None,
        "uptime_seconds": round(time.monotonic() - _started_at_seconds, 1),
    }


@blueprint.get("/ready")
@describe(
    "Readiness: whether a model is loaded and has passed its self-test",
    Answer("It is ready.", "Ready", "ready"),
    problems=MODEL_PROBLEMS,
)
def ready() -> ResponseReturnValue:
    """Say that a model is loaded and has passed its self-test."""
    get_service().get_served()
    return {"status": "ready"}


@blueprint.get("/model")
@describe("The artifact that is being served", Answer("Its metadata.", "Model", "model"), problems=MODEL_PROBLEMS)
def model() -> ResponseReturnValue:
    """Describe the artifact that is being served."""
    served = get_service().get_served()
    mismatch = served.version_mismatch
    return {
        **served.model.metadata.to_json(),
        "signature_verified": served.is_signature_verified,
        "version_mismatch": mismatch and {"trained_with": mismatch.trained_with, "served_with": mismatch.served_with},
    }


@blueprint.get("/model/drift")
@describe(
    "How far the input has drifted from the training data",
    Answer("The comparison.", "Drift", "drift"),
    problems=MODEL_PROBLEMS,
)
def drift() -> ResponseReturnValue:
    """Compare what has been asked with what the model was trained on."""
    service = get_service()
    served = service.get_served()
    measured = service.monitor.measure_drift(served.version)
    return describe_drift(served.version, measured, service.settings.drift_window_hours)


@blueprint.get("/metrics")
@describe(
    "Metrics in Prometheus' text format",
    Answer("The counts of all workers, added up.", media_type="text/plain"),
    problems=(404, 500),
)
def metrics() -> ResponseReturnValue:
    """Give the counts of all workers, added up, in Prometheus' text format."""
    service = get_service()
    rendered = service.monitor.render(service.served.version if service.served else None)
    return Response(rendered, content_type=CONTENT_TYPE_LATEST)
