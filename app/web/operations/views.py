"""What operators and load balancers ask: /health, /ready, /model, /model/drift and /metrics."""

from __future__ import annotations

import time

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.drift.report import describe_drift
from app.web.metrics import METRICS_MEDIA_TYPE, get_monitor
from app.web.service import find_served_model, get_served_model, get_settings

blueprint = Blueprint("operations", __name__)

_started_at_seconds = time.monotonic()


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """Say that the process answers, with or without a model."""
    served = find_served_model()
    return {
        "status": "ok",
        "model_loaded": served is not None,
        "model_version": served.version if served else None,
        "uptime_seconds": round(time.monotonic() - _started_at_seconds, 1),
    }


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    """Say that a model is loaded and has passed its self-test."""
    get_served_model()
    return {"status": "ready"}


@blueprint.get("/model")
def model() -> ResponseReturnValue:
    """Describe the artifact that is being served."""
    served = get_served_model()
    mismatch = served.version_mismatch
    return {
        **served.model.metadata.to_json(),
        "signature_verified": served.is_signature_verified,
        "version_mismatch": mismatch and {"trained_with": mismatch.trained_with, "served_with": mismatch.served_with},
    }


@blueprint.get("/model/drift")
def drift() -> ResponseReturnValue:
    """Compare what has been asked with what the model was trained on."""
    served = get_served_model()
    measured = get_monitor().measure_drift(served.version)
    return describe_drift(served.version, measured, get_settings().drift_window_hours)


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Give the counts of all workers, added up, in Prometheus' text format."""
    served = find_served_model()
    rendered = get_monitor().render(served.version if served else None)
    return Response(rendered, content_type=METRICS_MEDIA_TYPE)
