"""Measures where the time and the memory of a prediction go, and prints the tables: `python -m benchmarks.prediction`.

Everything that is compared is measured in turn, round by round, in one run; the figures are medians over the rounds.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from app import create_app
from app.artifacts import Artifact, read_artifact
from app.settings import Settings
from app.web.bodies.json_text import parse_json
from app.web.service import serve_model
from benchmarks.timing import Step, measure_in_turn, print_medians, timed
from tests.support.running_server import COLD, run_server
from training import train
from training.dataset import load_dataset

N_REQUESTS = 500
N_STARTS = 5
BATCH_SIZE = 512


def main() -> None:
    """Train the example model, measure, print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            train.main(["--artifact-dir", str(folder / "artifacts"), "--version", "benchmark"])
        artifact = read_artifact(folder / "artifacts")
        for n_instances in (1, BATCH_SIZE):
            print_medians(f"{n_instances} × 30, microseconds", measure_in_turn(_list_steps(artifact, n_instances)), 1e6)
        with run_server(folder / "artifacts", folder, COLD, WEB_CONCURRENCY="1", LOG_LEVEL="warning") as server:
            _print_latencies(server.port)
            print(f"\nResident memory of a worker: {_read_resident_mib(server.list_workers()[0]):.0f} MiB")
        print(f"Seconds from command to ready: {_measure_start(folder):.2f} (median of {N_STARTS})")


def _list_steps(artifact: Artifact, n_instances: int) -> dict[str, Step]:
    """Return the steps of one request, the whole of it, and what it is compared with."""
    app = create_app(Settings())
    served = serve_model(app, artifact)
    preprocessor, estimator = artifact.unpickle()
    X = np.resize(load_dataset().X, (n_instances, 30))
    body = orjson.dumps({"instances": X.tolist()})
    bad_body = orjson.dumps({"instances": [["x"] * 30] * n_instances})
    document, bad_document = parse_json(body), parse_json(bad_body)
    transformed = preprocessor.transform(X)
    answers = served.model.answer(X)
    client = app.test_client()

    def refuse() -> None:
        with contextlib.suppress(ValueError):
            served.batch_schema.parse(bad_document)

    return {
        "parse": lambda: parse_json(body),
        "validate": lambda: served.batch_schema.parse(document),
        "validate, all values bad": refuse,
        "transform": lambda: preprocessor.transform(X),
        "estimator, one pass": lambda: estimator.predict_proba(transformed),
        "model (both of these)": lambda: served.model.answer(X),
        "naive (transform, predict, predict_proba)": lambda: _predict_naively(preprocessor, estimator, X),
        "encode": lambda: orjson.dumps(served.model.to_json(answers)),
        "whole request, without sockets": lambda: client.post(
            "/predict/batch", data=body, content_type="application/json"
        ),
    }


def _predict_naively(preprocessor: Any, estimator: Any, X: Any) -> None:
    estimator.predict(preprocessor.transform(X))
    estimator.predict_proba(preprocessor.transform(X))


def _print_latencies(port: int) -> None:
    """Ask the real server one request after the other: on one connection, and on a new one for each."""
    body = orjson.dumps({"features": load_dataset().X[0].tolist()})
    kept = http.client.HTTPConnection("127.0.0.1", port)
    seconds: dict[str, list[float]] = {"one connection": [], "a new connection each": []}
    for _ in range(N_REQUESTS):
        with timed(seconds["one connection"]):
            _ask(kept, body)
        with timed(seconds["a new connection each"]):
            fresh = http.client.HTTPConnection("127.0.0.1", port)
            _ask(fresh, body)
        fresh.close()
    kept.close()
    print_medians("POST /predict over loopback, microseconds", seconds, 1e6)


def _ask(connection: http.client.HTTPConnection, body: bytes) -> None:
    connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200


def _read_resident_mib(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def _measure_start(folder: Path) -> float:
    seconds: list[float] = []
    for _ in range(N_STARTS):
        started = time.perf_counter()
        with run_server(folder / "artifacts", folder, COLD):
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
