"""What all tests share: the example model, trained once, and an application that serves it."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from app import create_app
from app.artifacts import Artifact, read_artifact
from app.model.predictor import ModelPredictor
from app.settings import Settings
from app.web.service import serve_model
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.running_server import RunningServer, run_server
from training import train
from training.dataset import Dataset, load_dataset

EXAMPLE_VERSION = "example"
OF_SERVERS = {"server", "operators", "monitoring"}

# jsonschema would have 39 grammars compiled in each process: for formats of addresses, which we do not have.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# Several processes of tests share the processors: threads of each would wait for one another, at every small sum.
threadpool_limits(1)

# A machine that is busy is not a fault: no example has a time limit of its own.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the files that run servers begin first: they take longest, and nothing should wait for one at the end."""
    items.sort(key=lambda item: not OF_SERVERS.intersection(item.path.parts))


@pytest.fixture(autouse=True)
def _environment_is_restored() -> Iterator[None]:
    before = dict(os.environ)
    yield
    # Only what has changed: threads that outlive a test may read the rest at any moment.
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    for name, value in before.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


@pytest.fixture(scope="session")
def example_artifact_dir(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """Return the folder where the example model is published, trained as `make train` does, once for all workers."""
    folder = tmp_path_factory.getbasetemp().parent / f"example-{testrun_uid}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "artifacts" / "current").exists():
            train.main(["--artifact-dir", str(folder / "artifacts"), "--version", EXAMPLE_VERSION])
    return folder / "artifacts"


@pytest.fixture(scope="session")
def example_artifact(example_artifact_dir: Path) -> Artifact:
    """Return the artifact of the example model."""
    return read_artifact(example_artifact_dir)


@pytest.fixture(scope="session")
def example_dataset() -> Dataset:
    """Return the data of the example model: 569 rows of 30 features."""
    return load_dataset()


@pytest.fixture(scope="session")
def example_predictor(example_artifact: Artifact) -> ModelPredictor:
    """Return a predictor with the example model loaded."""
    predictor = ModelPredictor()
    predictor.load(example_artifact)
    return predictor


@pytest.fixture(scope="session")
def iris_artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """Return the artifact of a small model of 4 features and 3 classes."""
    return publish_model(tmp_path_factory.mktemp("iris"), "iris", load_iris_dataset(), LogisticRegression())


@pytest.fixture
def unloaded_app() -> Flask:
    """Return an application that has no model yet."""
    return create_app(Settings())


@pytest.fixture
def app(unloaded_app: Flask, example_artifact: Artifact) -> Flask:
    """Return an application that serves the example model."""
    serve_model(unloaded_app, example_artifact)
    return unloaded_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of an application that serves the example model."""
    return app.test_client()


@pytest.fixture(scope="session")
def server(example_artifact_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run the real server with the example model, for all tests that leave it as it was."""
    with run_server(example_artifact_dir, tmp_path_factory.mktemp("server")) as running:
        yield running
