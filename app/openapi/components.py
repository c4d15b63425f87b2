"""How the OpenAPI document describes answers: errors, and everything else."""

from __future__ import annotations

from typing import Any

from app.openapi.examples import EXAMPLE_REQUEST_ID, ApiExamples
from app.web.problems import DETAILS, PROBLEM_MEDIA_TYPE

# The status of each documented error, with its meaning and the detail of its example.
PROBLEM_RESPONSES = {
    400: (
        "The body is not JSON, is not UTF-8, or is shorter than its Content-Length.",
        "The body is not JSON: unexpected at character 14 (line 1, column 15).",
    ),
    404: ("There is nothing at this path.", DETAILS[404]),
    413: ("The body is too long.", "The body is longer than 2097152 bytes; send fewer instances at a time."),
    415: ("The Content-Type is not JSON.", "The Content-Type must be application/json."),
    422: ("The body is JSON, but not what the model accepts; `errors` names each place.", "1 value is invalid."),
    500: ("A defect of the service.", DETAILS[500]),
    503: ("No model is loaded yet.", "No model is loaded yet; try again shortly."),
}


def describe_problem(status: int, examples: ApiExamples) -> dict[str, Any]:
    """Return the response component of the error `status`."""
    meaning, detail = PROBLEM_RESPONSES[status]
    response = describe_answer(meaning, PROBLEM_MEDIA_TYPE, "Problem", examples, examples.problem(status, detail))
    if status == 503:
        response["headers"]["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
    return response


def describe_answer(
    description: str, media_type: str, schema: str | dict[str, Any] | None, examples: ApiExamples, example: Any = None
) -> dict[str, Any]:
    """Return a response with one kind of content; `schema` is a component's name, a schema, or `None` for text."""
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
