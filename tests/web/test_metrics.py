from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.artifacts import Artifact
from app.settings import Settings
from app.web.facts import QUEUE_SECONDS
from app.web.service import serve_model
from tests.support.metric_samples import read_samples
from training.dataset import Dataset

PRIVATE, PUBLIC = "9000", "8000"


def read_requests(client: FlaskClient) -> dict[tuple[str, ...], float]:
    """Return the counts of requests by method, route and status, but for those that are zero."""
    return {
        key: value for key, value in read_samples(client.get("/metrics").text, "http_requests_total").items() if value
    }


def test_counts_requests_by_method_route_and_status(client: FlaskClient) -> None:
    for path in ("/health", "/health", "/nothing/that/a/client/made/up"):
        client.get(path)
    assert read_requests(client) == {("GET", "/health", "200"): 2, ("GET", "none", "404"): 1}


def test_counts_what_a_service_without_a_model_cannot_answer(unloaded_app: Flask) -> None:
    client = unloaded_app.test_client()
    client.get("/ready")
    assert read_requests(client) == {("GET", "/ready", "503"): 1}


def test_sorts_requests_by_their_instances_into_powers_of_two(client: FlaskClient) -> None:
    buckets = read_samples(client.get("/metrics").text, "model_request_instances_bucket")
    assert [float(bound) for (bound,) in buckets] == [*(2.0**step for step in range(11)), float("inf")]


@pytest.mark.parametrize("method", ["BREW", "PUT", "x" * 1000])
def test_counts_methods_that_clients_make_up_as_one(client: FlaskClient, method: str) -> None:
    client.open("/predict", method=method)
    assert read_requests(client) == {("other", "none", "405"): 1}


def test_shows_the_routes_of_predictions_before_anyone_asked(unloaded_app: Flask) -> None:
    samples = read_samples(unloaded_app.test_client().get("/metrics").text, "http_requests_total")
    routes = ("/predict", "/predict/batch")
    assert samples == {("POST", route, status): 0 for route in routes for status in ("200", "422", "500")}


def test_two_apps_count_apart(client: FlaskClient, unloaded_app: Flask) -> None:
    client.get("/health")
    other = create_app(Settings()).test_client()
    assert (read_requests(other), ("GET", "/health", "200") in read_requests(client)) == ({}, True)


def test_counts_instances_bodies_and_answers(client: FlaskClient, example_dataset: Dataset) -> None:
    body = json.dumps({"instances": example_dataset.X[:3].tolist()})
    client.post("/predict/batch", data=body, content_type="application/json")
    text = client.get("/metrics").text
    assert read_samples(text, "model_request_instances_sum") == {(): 3}
    assert read_samples(text, "http_request_body_size_bytes_sum") == {(): len(body)}
    assert sum(read_samples(text, "model_predictions_total").values()) == 3
    assert read_samples(text, "model_top_probability_count") == {("example",): 3}
    assert read_samples(text, "model_inference_duration_seconds_count") == {("example",): 1}


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (b"{", {"not_json"}),
        (b"\xff", {"not_utf8"}),
        (b"[]", {"wrong_type"}),
        (b"{}", {"missing"}),
        (b'{"features": null}', {"wrong_type"}),
        (b'{"features": [1, "2"], "more": 1}', {"wrong_length", "wrong_type", "unknown"}),
        (b'{"features": [NaN]}', {"wrong_length", "not_finite"}),
        (b'{"features": [1e300]}', {"wrong_length", "out_of_range"}),
        (b'{"features": {"mean radius": 1, "mean radius": 1}}', {"repeated", "missing"}),
    ],
)
def test_counts_the_faults_of_a_request_by_kind(client: FlaskClient, body: bytes, kinds: set[str]) -> None:
    client.post("/predict", data=body, content_type="application/json")
    counts = read_samples(client.get("/metrics").text, "http_request_faults_total")
    assert {kind for (kind,), count in counts.items() if count == 1} == kinds


@pytest.mark.parametrize(
    ("request_arguments", "kind"),
    [
        ({"data": b"x" * 3_000_000, "content_type": "application/json"}, "too_large"),
        ({"data": b"x", "content_type": "text/plain"}, "media_type"),
        ({"data": b"", "content_length": 5, "content_type": "application/json"}, "incomplete"),
    ],
)
def test_counts_bodies_that_are_not_read(client: FlaskClient, request_arguments: dict[str, Any], kind: str) -> None:
    client.post("/predict", **request_arguments)
    assert read_samples(client.get("/metrics").text, "http_request_faults_total")[(kind,)] == 1


@pytest.mark.parametrize("n_instances", [0, 513])
def test_counts_a_batch_of_a_wrong_size(client: FlaskClient, n_instances: int) -> None:
    client.post("/predict/batch", json={"instances": [[]] * n_instances})
    assert read_samples(client.get("/metrics").text, "http_request_faults_total")[("batch_size",)] == 1


def test_tells_the_model_that_is_served(client: FlaskClient) -> None:
    (labels,) = read_samples(client.get("/metrics").text, "model_info")
    assert labels[1:] == ("GradientBoostingClassifier", "classification", "example")


def test_tells_no_model_where_there_is_none(unloaded_app: Flask) -> None:
    assert "model_info" not in unloaded_app.test_client().get("/metrics").text


@pytest.mark.parametrize(
    ("port", "path", "status"),
    [
        (PUBLIC, "/metrics", 404),
        (PUBLIC, "/metrics/", 404),
        (PUBLIC, "/health", 200),
        (PUBLIC, "/model", 200),
        (PRIVATE, "/metrics", 200),
        (PRIVATE, "/health", 200),
        (PRIVATE, "/ready", 200),
        (PRIVATE, "/model", 404),
        (PRIVATE, "/nothing", 404),
    ],
)
def test_a_port_for_the_metrics_serves_them_alone(
    example_artifact: Artifact, port: str, path: str, status: int
) -> None:
    app = create_app(Settings(metrics_port=int(PRIVATE)))
    serve_model(app, example_artifact)
    answer = app.test_client().get(path, environ_overrides={"SERVER_PORT": port})
    assert answer.status_code == status


def test_refused_requests_are_not_among_those_answered(client: FlaskClient) -> None:
    client.post("/predict", json={"features": [1.0]})
    assert read_samples(client.get("/metrics").text, "model_request_instances_count") == {(): 0}


def test_a_wait_for_an_answer_is_part_of_the_duration(app: Flask) -> None:
    client = app.test_client()
    client.get("/health", environ_overrides={QUEUE_SECONDS: 0.7})
    text = client.get("/metrics").text
    assert read_samples(text, "http_request_queue_duration_seconds_sum") == {(): 0.7}
    assert 0.7 <= read_samples(text, "http_request_duration_seconds_sum")[("/health",)] < 2.5
