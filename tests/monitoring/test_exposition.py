"""What Prometheus' own tool says of the names, the types and the texts of the metrics."""

from __future__ import annotations

import subprocess

from flask.testing import FlaskClient

from tests.support.running_server import DEADLINE_SECONDS
from tools.prometheus import PROMTOOL, find_program
from training.dataset import Dataset


def check_metrics(text: str) -> tuple[int, str]:
    """Return the status of `promtool check metrics`, and what it finds."""
    checked = subprocess.run(
        [find_program(PROMTOOL), "check", "metrics"],
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    return checked.returncode, checked.stdout


def test_promtool_finds_nothing_wrong(client: FlaskClient, example_dataset: Dataset) -> None:
    client.post("/predict/batch", json={"instances": example_dataset.X[:512].tolist()})
    text = client.get("/metrics").text
    assert "model_drift_window_instances 512" in text and "model_feature_psi" in text
    assert check_metrics(text) == (0, "")


def test_promtool_finds_what_is_wrong(client: FlaskClient) -> None:
    text = client.get("/metrics").text.replace("worker_starts_total", "worker_starts")
    status, findings = check_metrics(text)
    assert (status != 0, "worker_starts" in findings) == (True, True)
