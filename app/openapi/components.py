"""Components of the OpenAPI document: operations, their bodies and answers, and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.openapi.examples import EXAMPLE_REQUEST_ID, ApiExamples
from app.web.description import JSON, Answer, Body, Description
from app.web.problems import DETAILS, PROBLEM_MEDIA_TYPE

# The status of each documented error, with its meaning and the detail of its example.
PROBLEM_RESPONSES: Mapping[int, tuple[str, str | None]] = {
    400: (
        "The body is not JSON, is not UTF-8, or is shorter than its Content-Length.",
        "The body is not JSON: unexpected at character 14 (line 1, column 15).",
    ),
    404: ("There is nothing at this path.", DETAILS[404]),
    413: ("The body is too long.", None),  # how long it may be depends on the model
    415: (
        "The Content-Type is not JSON, or the Content-Encoding neither gzip nor deflate.",
        "The Content-Type must be application/json.",
    ),
    422: ("The body is JSON, but not what the model accepts; `errors` names each place.", "1 value is invalid."),
    500: ("A defect of the service.", DETAILS[500]),
    503: ("No model is loaded yet.", "No model is loaded yet; try again shortly."),
}


_REQUEST_ID_PARAMETER = {
    "name": "X-Request-ID",
    "in": "header",
    "description": "Comes back in the answer if it is 1 to 128 letters, digits, '.', '_' or '-'; else a new one does.",
    "schema": {"type": "string"},
}


def build_operation(name: str, tag: str, description: Description, examples: ApiExamples) -> dict[str, Any]:
    """Return the operation that `description` describes."""
    body = {"requestBody": _build_body(description.body, examples)} if description.body else {}
    return {
        "operationId": name,
        "summary": description.summary,
        "tags": [tag],
        "parameters": [_REQUEST_ID_PARAMETER, *description.parameters],
        **body,
        "responses": {
            "200": _build_answer(description.answer, examples),
            **{str(status): f"Problem{status}" for status in description.problems},
        },
    }


def build_problem_response(status: int, examples: ApiExamples) -> dict[str, Any]:
    """Return the response component of the error `status`."""
    meaning, detail = PROBLEM_RESPONSES[status]
    example = examples.problem(status, detail or examples.too_large())
    response = _build_response(meaning, PROBLEM_MEDIA_TYPE, "Problem", examples, example)
    if status == 503:
        response["headers"]["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
    return response


def _build_body(body: Body, examples: ApiExamples) -> dict[str, Any]:
    content = {"schema": body.schema, "examples": examples.find(body.examples)}
    if not content["examples"]:
        del content["examples"]
    return {"required": True, "content": {JSON: content}}


def _build_answer(answer: Answer, examples: ApiExamples) -> dict[str, Any]:
    example = examples.find(answer.example) if answer.example else None
    response = _build_response(answer.meaning, answer.media_type, answer.schema, examples, example)
    response["headers"].update(answer.headers)
    if answer.example and (summary := examples.summarize(answer.example)):
        content = response["content"][answer.media_type]
        content["examples"] = {"shortened": {"summary": summary, "value": content.pop("example")}}
    return response


def _build_response(
    meaning: str, media_type: str, schema: str | Mapping[str, Any] | None, examples: ApiExamples, example: Any
) -> dict[str, Any]:
    """Return a response with one kind of content; text has no schema of its own."""
    content: dict[str, Any] = {"schema": schema or {"type": "string"}}
    if example is not None:
        content["example"] = example
    return {
        "description": meaning,
        "headers": {
            "X-Request-ID": {"schema": {"type": "string"}, "example": EXAMPLE_REQUEST_ID},
            "X-Model-Version": {"schema": {"type": "string"}, "example": examples.model_version()},
        },
        "content": {media_type: content},
    }
