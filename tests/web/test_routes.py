"""Walks the map of routes, so that a new one cannot forget what all of them promise."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.openapi.document import build_document
from app.settings import Settings
from app.web.description import get_description
from app.web.service import get_service

RULES = sorted(rule.rule for rule in create_app(Settings()).url_map.iter_rules())
READABLE = sorted(rule for rule in RULES if not rule.startswith("/predict"))
# For people alone, who find it anyway.
UNLISTED = {"/"}
NEEDING_A_MODEL = ["/ready", "/model", "/openapi.json", "/openapi.yaml", "/predict", "/predict/batch"]


def fill(rule: str) -> str:
    """Return a path that `rule` matches."""
    return rule.replace("<name>", "icon.svg")


def test_every_route_is_documented(app: Flask) -> None:
    document = build_document(app, get_service(app).get_served())
    documented = {path.replace("{", "<").replace("}", ">") for path in document["paths"]}
    assert documented | UNLISTED == set(RULES)


def test_every_route_is_described_by_its_own_view(app: Flask) -> None:
    views = {rule.rule: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    descriptions = {rule: get_description(view) for rule, view in views.items()}
    assert len({id(description) for description in descriptions.values()}) == len(RULES)
    assert {rule for rule, description in descriptions.items() if not description.is_listed} == UNLISTED


def test_a_route_that_nothing_describes_is_refused_by_name(app: Flask) -> None:
    def forgotten() -> str:
        return ""

    app.add_url_rule("/forgotten", "forgotten", forgotten)
    with pytest.raises(LookupError, match=r"forgotten is a route that @describe does not describe\.$"):
        build_document(app, get_service(app).get_served())


@pytest.mark.parametrize("rule", RULES)
def test_a_wrong_method_is_a_problem_that_keeps_allow(client: FlaskClient, rule: str) -> None:
    answer = client.open(fill(rule), method="PATCH")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert {"GET", "HEAD", "POST"} & set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("rule", RULES)
def test_every_answer_carries_its_length_its_id_and_the_model(client: FlaskClient, rule: str) -> None:
    for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
        answer = client.open(fill(rule), method=method, headers={"X-Request-ID": "mine"})
        assert answer.headers["Content-Length"].isdigit()
        assert answer.headers["X-Request-ID"] == "mine"
        assert answer.headers["X-Model-Version"] == "example"


@pytest.mark.parametrize("rule", READABLE)
def test_a_slash_at_the_end_makes_no_difference(client: FlaskClient, rule: str) -> None:
    assert client.get(f"{fill(rule)}/").status_code == client.get(fill(rule)).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/predict//batch", "/docs/assets/", "/docs/assets/../../app"])
def test_an_unknown_path_is_a_problem(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize("path", NEEDING_A_MODEL)
def test_without_a_model_it_says_so_and_when_to_try_again(unloaded_app: Flask, path: str) -> None:
    method = "POST" if path.startswith("/predict") else "GET"
    answer = unloaded_app.test_client().open(path, method=method, json={} if method == "POST" else None)
    assert answer.status_code == 503 and answer.json is not None
    assert answer.json["detail"] == "No model is loaded yet; try again shortly."
    assert (answer.headers["Retry-After"], answer.headers["X-Model-Version"]) == ("1", "none")


def test_a_defect_is_answered_without_a_word_of_it_and_logged_with_the_request_id(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/defect")
    def defect() -> str:
        raise RuntimeError("a secret")

    answer = app.test_client().get("/defect", headers={"X-Request-ID": "mine"})
    assert answer.status_code == 500 and answer.json is not None
    assert answer.json["detail"] == "The service failed to answer; its log tells why, under this request_id."
    assert not re.search("secret|RuntimeError|Traceback", answer.text)
    assert "a secret" in caplog.text
