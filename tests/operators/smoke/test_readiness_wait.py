from __future__ import annotations

import pytest

from app.commands.smoke import client
from app.commands.smoke.address import ServiceAddress
from app.commands.smoke.command import check_service
from tests.operators.smoke.scripted_service import EXPECTATION, HTML, Act, ScriptedService, answer, say_nothing, write
from tests.operators.smoke.smoke_failure import explain_failure


@pytest.mark.parametrize(
    ("act", "last"),
    [
        (
            answer(503, {"detail": "No model is loaded yet."}, "application/problem+json"),
            "was answered 503, 'No model is loaded yet.'",
        ),
        (answer(404, HTML, "text/html"), "was answered 404 with text/html: '<html> <title>Sign in</title>'"),
        (
            answer(302, b"", Location="https://sso.example.com/"),
            "was answered 302, a redirect to 'https://sso.example.com/'",
        ),
        (answer(204, b""), "was answered 204 with an empty body"),
        (write(b""), "got no answer: the connection was closed before there was an answer"),
    ],
)
def test_says_what_came_last_where_the_service_does_not_become_ready(
    service: ScriptedService, act: Act, last: str
) -> None:
    service.script["GET /ready"] = act
    assert explain_failure(service) == (
        f"The service is not ready: in 0 s GET http://service/ready was not answered 200, and at last {last}."
    )


def test_says_that_nothing_came_where_the_service_is_silent(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "REQUEST_TIMEOUT_SECONDS", 0.5)
    service.script["GET /ready"] = say_nothing
    assert explain_failure(service) == (
        "The service is not ready: in 0 s GET http://service/ready was not answered 200, "
        "and at last got no answer: none was complete within 0.5 s."
    )


def test_waits_for_a_service_that_is_not_ready_yet(service: ScriptedService) -> None:
    acts = iter([write(b""), answer(503, {}), answer(404, HTML), answer(302, b"", Location="/login")])
    ready = service.script["GET /ready"]
    service.script["GET /ready"] = lambda handler, document: next(acts, ready)(handler, document)
    check_service(ServiceAddress.parse(f"http://{service.address}"), EXPECTATION)
    assert service.requests.count("GET /ready") == 6


@pytest.mark.parametrize(
    ("request_line", "act", "sentence"),
    [
        (
            "GET /ready",
            answer(200, {}, X_Model_Version="v1"),
            "GET http://service/ready was answered by model version 'v1', not v2.",
        ),
        (
            "GET /ready",
            answer(200, {}),
            "GET http://service/ready does not say which model version answered: this is not the service.",
        ),
        (
            "GET /ready",
            answer(200, HTML, "text/html"),
            "GET http://service/ready was answered 200, but not with a JSON object: text/html: "
            "'<html> <title>Sign in</title>'.",
        ),
        (
            "GET /model",
            answer(200, {"version": "v1"}),
            "GET http://service/model was answered by model version 'v1', not v2.",
        ),
        (
            "GET /model",
            answer(200, {"version": "v2"}, "text/plain"),
            "GET http://service/model was answered 200 with text/plain, not application/json.",
        ),
        (
            "GET /model",
            answer(301, b"", Location="https://service/model"),
            "GET http://service/model should be answered 200, but was 301, a redirect to 'https://service/model'.",
        ),
        (
            "GET /model",
            write(b""),
            "GET http://service/model got no answer: the connection was closed before there was an answer.",
        ),
    ],
)
def test_says_what_is_wrong_with_the_version(
    service: ScriptedService, request_line: str, act: Act, sentence: str
) -> None:
    service.script[request_line] = act
    assert explain_failure(service) == sentence


def test_waits_no_longer_for_one_answer_than_the_limit(
    service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "REQUEST_TIMEOUT_SECONDS", 1.0)
    service.script["GET /model"] = say_nothing
    assert explain_failure(service) == "GET http://service/model got no answer: none was complete within 1 s."
