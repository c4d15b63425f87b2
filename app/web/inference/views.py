"""POST /predict and POST /predict/batch."""

from __future__ import annotations

import time

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.columns.faults import FaultKind, FaultList, Place
from app.columns.table import Rows
from app.engines.engine import CannotCompute
from app.outputs.prediction import BatchPrediction
from app.web.bodies.reading import read_json
from app.web.description import BODY_PROBLEMS, Answer, Body, describe
from app.web.facts import get_facts, get_request
from app.web.inference.query import DIGITS_PARAMETER, read_decimals
from app.web.service import ServedModel, get_service

blueprint = Blueprint("inference", __name__)


@blueprint.post("/predict")
@describe(
    "Answer for one instance",
    Answer("The prediction.", "Prediction", "prediction"),
    body=Body("PredictRequest", "predict_requests"),
    problems=BODY_PROBLEMS,
    parameters=(DIGITS_PARAMETER,),
)
def predict() -> ResponseReturnValue:
    """Answer for one instance."""
    asked = get_request()
    decimals = read_decimals(asked)
    served = get_service().get_served()
    document = read_json(asked, served.max_body_bytes)
    instances = served.predict_schema.parse(document)["features"]
    answers = _predict(served, instances, [("features",)])
    return served.model.to_json(answers, decimals)[0]


@blueprint.post("/predict/batch")
@describe(
    "Answer for many instances at once",
    Answer("The predictions.", "BatchPrediction", "batch_prediction"),
    body=Body("BatchRequest", "batch_requests"),
    problems=BODY_PROBLEMS,
    parameters=(DIGITS_PARAMETER,),
)
def predict_batch() -> ResponseReturnValue:
    """Answer for many instances at once."""
    asked = get_request()
    decimals = read_decimals(asked)
    served = get_service().get_served()
    document = read_json(asked, served.max_body_bytes)
    instances = served.batch_schema.parse(document)["instances"]
    paths: list[Place] = [("instances", row) for row in range(len(instances))]
    answers = _predict(served, instances, paths)
    return {
        "predictions": served.model.to_json(answers, decimals),
        "model_version": answers.model_version,
        "n_instances": len(answers),
    }


def _predict(served: ServedModel, instances: Rows, paths: list[Place]) -> BatchPrediction:
    """Return the answers for `instances`, which were read from `paths` of the body."""
    facts = get_facts()
    facts.n_instances = len(instances)
    started_at = time.perf_counter()
    try:
        answers = served.model.gather(served.compute(instances))
    except CannotCompute as error:
        faults = FaultList()
        for row in error.rows:
            faults.add(paths[row], error.message, FaultKind.NOT_COMPUTABLE)
        faults.raise_if_any()
        raise
    duration_seconds = time.perf_counter() - started_at
    model = served.model
    served.counter.observe(
        model.columns.encode(instances),
        model.output.find_parts(answers),
        model.output.find_confidence(answers),
        duration_seconds,
    )
    facts.predictions = instances, answers
    return answers
