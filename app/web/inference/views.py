"""POST /predict and POST /predict/batch."""

from __future__ import annotations

import time

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from app.columns.faults import FaultKind, FaultList, Place
from app.columns.table import FloatMatrix
from app.engines.engine import CannotCompute
from app.outputs.classes import BatchPrediction
from app.web.bodies.reading import read_json
from app.web.recording import note_predictions
from app.web.service import ServedModel, get_served_model, get_settings

blueprint = Blueprint("inference", __name__)


@blueprint.post("/predict")
def predict() -> ResponseReturnValue:
    """Answer for one instance."""
    served = get_served_model()
    document = read_json(request, get_settings().max_body_bytes)
    instances = served.predict_schema.parse(document)["features"]
    answers = _predict(served, instances, [("features",)])
    return served.model.to_json(answers)[0]


@blueprint.post("/predict/batch")
def predict_batch() -> ResponseReturnValue:
    """Answer for many instances at once."""
    served = get_served_model()
    document = read_json(request, get_settings().max_body_bytes)
    instances = served.batch_schema.parse(document)["instances"]
    paths: list[Place] = [("instances", row) for row in range(len(instances))]
    answers = _predict(served, instances, paths)
    return {
        "predictions": served.model.to_json(answers),
        "model_version": answers.model_version,
        "n_instances": len(answers),
    }


def _predict(served: ServedModel, instances: FloatMatrix, paths: list[Place]) -> BatchPrediction:
    """Return the answers for `instances`, which were read from `paths` of the body."""
    g.n_instances = len(instances)  # for the log
    started_at = time.perf_counter()
    try:
        # A copy, as an estimator may work in place, and what is kept is what was asked.
        answers = served.model.answer(instances.copy())
    except CannotCompute as error:
        faults = FaultList()
        for row in error.rows:
            faults.add(paths[row], error.message, FaultKind.NOT_COMPUTABLE)
        faults.raise_if_any()
        raise
    duration_seconds = time.perf_counter() - started_at
    served.counter.observe(instances, answers.labels, answers.probabilities, duration_seconds)
    note_predictions(instances, answers)
    return answers
