"""The real server serves the boosting libraries from workers that it forks, and loads another of them at a reload."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from app.importing.importing import ImportOrder, import_model
from app.server.control import reload_server
from tests.boosting.boosted_models import Boosted, build_models
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until

MODELS = {boosted.name: boosted for boosted in build_models()}
LIBRARIES = ["xgboost json", "lightgbm txt", "catboost cbm"]


def publish(boosted: Boosted, folder: Path, artifact_dir: Path) -> None:
    boosted.get_frame().assign(right=boosted.y).to_csv(folder / "sample.csv", index=False)
    version = boosted.name.replace(" ", "-")
    import_model(ImportOrder(boosted.write(folder), folder / "sample.csv", ["right"], version=version), artifact_dir)


@pytest.mark.parametrize("name", LIBRARIES)
def test_workers_answer_and_a_reload_brings_the_next_library(tmp_path: Path, name: str) -> None:
    artifact_dir = tmp_path / "artifacts"
    publish(MODELS[name], tmp_path, artifact_dir)
    following = MODELS[LIBRARIES[(LIBRARIES.index(name) + 1) % len(LIBRARIES)]]
    with run_server(artifact_dir, tmp_path) as server:
        assert {ask(server) for _ in range(8)} == {name.replace(" ", "-")}
        publish(following, tmp_path, artifact_dir)
        assert reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS).refusal is None
        wait_until(lambda: ask(server) == following.name.replace(" ", "-"), "the next version")


def ask(server: RunningServer) -> str:
    """Return the version that answers."""
    row = {"mean radius": 0.5, "age": 40, "city": "Oslo"}
    answer = requests.post(f"{server.url}/predict", json={"features": row}, timeout=DEADLINE_SECONDS)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["model_version"])
