from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sklearn.linear_model import LogisticRegression
from werkzeug.serving import make_server

from app.artifacts import read_artifact
from app.commands.smoke import command
from app.commands.smoke.address import ServiceAddress
from app.commands.smoke.command import check_service
from app.commands.smoke.expected import Expectation, SmokeFailed
from tests.operators.smoke.certificates import write_certificate
from tests.operators.smoke.scripted_service import EXPECTATION, ScriptedService, run_scripted
from tests.support.published_models import load_iris_dataset, publish_model, publish_second_and_first
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server


@pytest.fixture
def url_without_model(unloaded_app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, unloaded_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def read_expectation(artifact_dir: Path) -> Expectation:
    return Expectation.from_artifact(read_artifact(artifact_dir))


def explain(url: str, expectation: Expectation) -> str:
    with pytest.raises(SmokeFailed) as refused:
        check_service(ServiceAddress.parse(url), expectation, timeout_seconds=0)
    return str(refused.value)


def test_a_healthy_service_of_three_classes_passes(tmp_path: Path) -> None:
    publish_model(tmp_path / "artifacts", "iris", load_iris_dataset(), LogisticRegression())
    with run_server(tmp_path / "artifacts", tmp_path) as server:
        check_service(ServiceAddress.parse(server.url), read_expectation(tmp_path / "artifacts"))


def test_a_service_of_another_version_fails(server: RunningServer, tmp_path: Path) -> None:
    publish_second_and_first(tmp_path)
    assert explain(server.url, read_expectation(tmp_path)) == (
        f"GET {server.url}/ready was answered by model version 'example', not first."
    )


def test_a_model_that_answers_otherwise_fails(server: RunningServer, example_artifact_dir: Path) -> None:
    expectation = read_expectation(example_artifact_dir)
    predictions = [*expectation.predictions]
    label = predictions[4]["label"]
    predictions[4] = {**predictions[4], "label": 1 - label}
    assert explain(server.url, replace(expectation, predictions=predictions)) == (
        f"POST {server.url}/predict, golden row 5 of {len(predictions)}: the label is {label}, not {1 - label}."
    )


def test_a_service_without_a_model_fails(url_without_model: str, example_artifact_dir: Path) -> None:
    assert explain(url_without_model, read_expectation(example_artifact_dir)) == (
        f"The service is not ready: in 0 s GET {url_without_model}/ready was not answered 200, "
        "and at last was answered 503, 'No model is loaded yet; try again shortly.'."
    )


def test_a_certificate_that_is_refused_fails_at_once(tmp_path: Path) -> None:
    with run_scripted(write_certificate(tmp_path / "server.pem")) as service, pytest.raises(SmokeFailed) as refused:
        check_service(ServiceAddress.parse(f"https://{service.address}"), EXPECTATION, timeout_seconds=DEADLINE_SECONDS)
    assert service.n_connections == 1
    assert str(refused.value) == (
        f"GET https://{service.address}/ready got no answer: its certificate is not accepted: self-signed certificate."
    )


def test_the_checks_end_where_every_answer_is_slow(service: ScriptedService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "CHECKS_TIMEOUT_SECONDS", 0.0)
    with pytest.raises(SmokeFailed, match="got no answer: the requests before have taken more than 0 s together"):
        check_service(ServiceAddress.parse(f"http://{service.address}"), EXPECTATION)
