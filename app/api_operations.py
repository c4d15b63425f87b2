"""What the OpenAPI document says of each route, by endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.api_examples import EXAMPLE_REQUEST_ID, ApiExamples
from app.assets import ASSETS
from app.problems import PROBLEM_MEDIA_TYPE

Operation = dict[str, Any]

# The status of each documented error, with its meaning and the detail of its example.
PROBLEM_RESPONSES = {
    400: (
        "The body is not JSON, is not UTF-8, or is shorter than its Content-Length.",
        "The body is not JSON: unexpected at character 14 (line 1, column 15).",
    ),
    404: (
        "There is nothing at this path.",
        "There is nothing at this path; /docs shows what there is.",
    ),
    413: ("The body is too long.", "The body is longer than 2097152 bytes; send fewer instances at a time."),
    415: ("The Content-Type is not JSON.", "The Content-Type must be application/json."),
    422: ("The body is JSON, but not what the model accepts; `errors` names each place.", "1 value is invalid."),
    500: ("A defect of the service.", "The service failed to answer; its log tells why, under this request_id."),
    503: ("No model is loaded yet.", "No model is loaded yet; try again shortly."),
}
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


def describe_problem(status: int, examples: ApiExamples) -> dict[str, Any]:
    """Return the response component of the error `status`."""
    meaning, detail = PROBLEM_RESPONSES[status]
    response = _describe_answer(meaning, PROBLEM_MEDIA_TYPE, "Problem", examples, examples.problem(status, detail))
    if status == 503:
        response["headers"]["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
    return response


def _predict(examples: ApiExamples) -> Operation:
    return _describe_operation(
        "predict",
        "Answer for one instance",
        "inference",
        _describe_answer("The prediction.", "application/json", "Prediction", examples, examples.prediction()),
        _BODY_PROBLEMS,
        requestBody=_describe_body("PredictRequest", examples.predict_requests()),
    )


def _predict_batch(examples: ApiExamples) -> Operation:
    answer = examples.batch_prediction()
    return _describe_operation(
        "predict_batch",
        "Answer for many instances at once",
        "inference",
        _describe_answer("The predictions.", "application/json", "BatchPrediction", examples, answer),
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
        _describe_answer("The process answers.", "application/json", "Health", examples, example),
    )


def _ready(examples: ApiExamples) -> Operation:
    return _describe_operation(
        "ready",
        "Readiness: whether a model is loaded and has passed its self-test",
        "operations",
        _describe_answer("It is ready.", "application/json", "Ready", examples, {"status": "ready"}),
        _MODEL_PROBLEMS,
    )


def _model(examples: ApiExamples) -> Operation:
    return _describe_operation(
        "model",
        "The artifact that is being served",
        "operations",
        _describe_answer("Its metadata.", "application/json", "Model", examples, examples.model()),
        _MODEL_PROBLEMS,
    )


def _metrics(examples: ApiExamples) -> Operation:
    answer = _describe_answer("The counts of all workers, added up.", "text/plain", None, examples)
    return _describe_operation("metrics", "Metrics in Prometheus' text format", "operations", answer)


def _openapi_json(examples: ApiExamples) -> Operation:
    return _describe_document("openapi_json", "application/json", examples)


def _openapi_yaml(examples: ApiExamples) -> Operation:
    return _describe_document("openapi_yaml", "application/yaml", examples)


def _describe_document(operation_id: str, media_type: str, examples: ApiExamples) -> Operation:
    answer = _describe_answer("The document.", media_type, {"type": "object"}, examples)
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
    answer = _describe_answer("The page.", "text/html", None, examples)
    return _describe_operation(operation_id, summary, "documentation", answer)


def _asset(examples: ApiExamples) -> Operation:
    answer = _describe_answer("The file.", "*/*", None, examples)
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


def _describe_answer(
    description: str, media_type: str, schema: str | dict[str, Any] | None, examples: ApiExamples, example: Any = None
) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": schema or {"type": "string"}}
    if example is not None:
        content["example"] = example
    return {
        "description": description,
        "headers": {
            "X-Request-ID": {"schema": {"type": "string"}, "example": EXAMPLE_REQUEST_ID},
            "X-Model-Version": {"schema": {"type": "string"}, "example": examples.model_version()},
        },
        "content": {media_type: content},
    }
