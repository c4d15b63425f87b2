from __future__ import annotations

from typing import Any

import pytest

from app.commands.smoke.address import ServiceAddress
from app.commands.smoke.command import check_service
from tests.operators.smoke.scripted_service import (
    DOCUMENTS,
    EXPECTATION,
    HTML,
    Act,
    ScriptedService,
    answer,
    answer_predict,
)
from tests.operators.smoke.smoke_failure import explain_failure


def refuse(status: int, content: Any, media_type: str = "application/problem+json") -> Act:
    """Answer POST /predict as a healthy service does, but for the bad request."""
    return lambda handler, document: (
        answer(status, content, media_type) if [] in document["features"] else answer_predict
    )(handler, document)


def test_a_healthy_service_passes(service: ScriptedService) -> None:
    check_service(ServiceAddress.parse(f"http://{service.address}"), EXPECTATION)
    assert service.requests == [
        "GET /ready",
        "GET /ready",
        "GET /model",
        *["POST /predict"] * 3,
        "POST /predict/batch",
        "POST /predict",
        "GET /openapi.json",
    ]


def test_a_service_passes_that_closes_after_each_answer(service: ScriptedService) -> None:
    for request in ("GET /ready", "GET /model", "GET /openapi.json"):
        service.script[request] = answer(200, DOCUMENTS[request], X_Model_Version="v2", Connection="close")
    check_service(ServiceAddress.parse(f"http://{service.address}"), EXPECTATION)
    assert service.n_connections == 4


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (
            refuse(200, {"label": 1}, "application/json"),
            "should be answered 422, but was 200 with application/json: '{\"label\": 1}'.",
        ),
        (
            refuse(422, {"errors": [{"pointer": "#/features/0"}]}, "application/json"),
            "was answered 422 with application/json, not application/problem+json.",
        ),
        (
            refuse(422, HTML, "text/html"),
            "was answered 422, but not with a JSON object: text/html: '<html> <title>Sign in</title>'.",
        ),
    ],
)
def test_says_how_a_bad_request_was_answered(service: ScriptedService, act: Act, sentence: str) -> None:
    service.script["POST /predict"] = act
    assert explain_failure(service) == f"POST http://service/predict {sentence}"


@pytest.mark.parametrize(
    ("errors", "named"),
    [
        ([{"pointer": "#/features/1"}], "['#/features/1']"),
        ([{"pointer": "#/features/0"}, {"pointer": "#/features/1"}], "['#/features/0', '#/features/1']"),
        ([], "[]"),
        (None, "[]"),
        ([{}, 1], "[None]"),
    ],
)
def test_says_that_a_refusal_names_another_place(service: ScriptedService, errors: Any, named: str) -> None:
    service.script["POST /predict"] = refuse(422, {"errors": errors})
    assert explain_failure(service) == (
        "POST http://service/predict refused an array in place of the first feature, as it should, "
        f"but without naming #/features/0 alone: it named {named}."
    )


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ([], "was answered 200, but not with a JSON object: application/json: '[]'."),
        ({"swagger": "2.0"}, "is not an OpenAPI 3 document: it says None."),
        ({"openapi": "4.0.0"}, "is not an OpenAPI 3 document: it says '4.0.0'."),
        ({"openapi": "3.1.0", "info": {"version": "1"}, "paths": {"/": {}}}, "does not describe the path /predict."),
        ({"openapi": "3.1.0", "info": {"version": "1"}}, "does not describe the path /predict."),
        (
            {"openapi": "3.1.0", "info": {}, "paths": {"/predict": {}}},
            "does not say the service's version, info.version.",
        ),
        ({"openapi": "3.0.3", "paths": {"/predict": {}}}, "does not say the service's version, info.version."),
    ],
)
def test_says_what_is_wrong_with_the_openapi_document(service: ScriptedService, document: Any, sentence: str) -> None:
    service.script["GET /openapi.json"] = answer(200, document)
    assert explain_failure(service) == f"GET http://service/openapi.json {sentence}"
