"""What the OpenAPI document says of each route, by endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.openapi.assets import ASSETS
from app.openapi.components import describe_answer
from app.openapi.examples import ApiExamples

Operation = dict[str, Any]

TAGS = {
    "inference": "Predictions, one by one or many at once.",
    "operations": "What operators and load balancers ask.",
    "documentation": "This document, and pages that show it.",
}

_BODY_PROBLEMS = (400, 413, 415, 422, 500, 503)
_MODEL_PROBLEMS = (500, 503)

_REQUEST_ID_PARAMETER = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "Comes back in the answer if it is 1 to 128 letters, digits, '.', '_' or '-'; else a new one does.",
    "schema": {"type": "string"},
}
_DOWNLOAD_PARAMETER = {
    "name": "download",
    "in": "query",
    "description": "`1` to have the document saved as a file.",
    "schema": {"type": "string"},
}


def _predict(examples: ApiExamples) -> Operation:
    return _describe_operation(
        "predict",
        "Answer for one instance",
        "inference",
        describe_answer("The prediction.", "application/json", "Prediction", examples, examples.prediction()),
        _BODY_PROBLEMS,
        requestBody=_describe_body("PredictRequest", examples.predict_requests()),
    )


def _predict_batch(examples: ApiExamples) -> Operation:
    answer = examples.batch_prediction()
    return _describe_operation(
        "predict_batch",
        "Answer for many instances at once",
        "inference",
        describe_answer("The predictions.", "application/json", "BatchPrediction", examples, answer),
        _BODY_PROBLEMS,
        requestBody=_describe_body("BatchRequest", examples.batch_requests()),
    )


def _health(examples: ApiExamples) -> Operation:
    example = {
        "status": "ok",
        "model_loaded": True,
        "model_version": examples.model_version(),
        "uptime_seconds": 12.3,
    }
    return _describe_operation(
        "health",
        "Liveness: whether the process answers, with or without a model",
        "operations",
        describe_answer("The process answers.", "application/json", "Health", examples, example),
    )


def _ready(examples: ApiExamples) -> Operation:
    return _describe_operation(
        "ready",
        "Readiness: whether a model is loaded and has passed its self-test",
        "operations",
        describe_answer("It is ready.", "application/json", "Ready", examples, {"status": "ready"}),
        _MODEL_PROBLEMS,
    )


def _model(examples: ApiExamples) -> Operation:
    return _describe_operation(
        "model",
        "The artifact that is being served",
        "operations",
        describe_answer("Its metadata.", "application/json", "Model", examples, examples.model()),
        _MODEL_PROBLEMS,
    )


def _drift(examples: ApiExamples) -> Operation:
    return _describe_operation(
        "drift",
        "How far the input has drifted from the training data",
        "operations",
        describe_answer("The comparison.", "application/json", "Drift", examples, examples.drift()),
        _MODEL_PROBLEMS,
    )


def _metrics(examples: ApiExamples) -> Operation:
    answer = describe_answer("The counts of all workers, added up.", "text/plain", None, examples)
    return _describe_operation("metrics", "Metrics in Prometheus' text format", "operations", answer, (404, 500))


def _openapi_json(examples: ApiExamples) -> Operation:
    return _describe_document("openapi_json", "application/json", examples)


def _openapi_yaml(examples: ApiExamples) -> Operation:
    return _describe_document("openapi_yaml", "application/yaml", examples)


def _describe_document(operation_id: str, media_type: str, examples: ApiExamples) -> Operation:
    answer = describe_answer("The document.", media_type, {"type": "object"}, examples)
    answer["headers"]["Content-Disposition"] = {
        "description": "With `download=1` only.",
        "schema": {"type": "string"},
    }
    operation = _describe_operation(
        operation_id, "This document, for the model being served", "documentation", answer, _MODEL_PROBLEMS
    )
    operation["parameters"].append(_DOWNLOAD_PARAMETER)
    return operation


def _docs(examples: ApiExamples) -> Operation:
    return _describe_page("docs", "This document in Swagger UI", examples)


def _redoc(examples: ApiExamples) -> Operation:
    return _describe_page("redoc", "This document in Redoc", examples)


def _describe_page(operation_id: str, summary: str, examples: ApiExamples) -> Operation:
    answer = describe_answer("The page.", "text/html", None, examples)
    return _describe_operation(operation_id, summary, "documentation", answer)


def _asset(examples: ApiExamples) -> Operation:
    answer = describe_answer("The file.", "*/*", None, examples)
    operation = _describe_operation("asset", "A file that the pages load", "documentation", answer, (404, 500))
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "enum": sorted(ASSETS)}}
    operation["parameters"].append(name)
    return operation


OPERATIONS: dict[str, Callable[[ApiExamples], Operation]] = {
    "inference.predict": _predict,
    "inference.predict_batch": _predict_batch,
    "operations.health": _health,
    "operations.ready": _ready,
    "operations.model": _model,
    "operations.drift": _drift,
    "operations.metrics": _metrics,
    "documentation.openapi_json": _openapi_json,
    "documentation.openapi_yaml": _openapi_yaml,
    "documentation.docs": _docs,
    "documentation.redoc": _redoc,
    "documentation.asset": _asset,
}


def _describe_operation(
    operation_id: str,
    summary: str,
    tag: str,
    answer: dict[str, Any],
    problems: tuple[int, ...] = (500,),
    **more: Any,
) -> Operation:
    responses: dict[str, Any] = {"200": answer}
    responses.update({str(status): f"Problem{status}" for status in problems})
    return {
        "operationId": operation_id,
        "summary": summary,
        "tags": [tag],
        "parameters": [_REQUEST_ID_PARAMETER],
        **more,
        "responses": responses,
    }


def _describe_body(schema: str, examples: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}
