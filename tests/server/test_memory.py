from __future__ import annotations

from pathlib import Path

from sklearn.linear_model import LogisticRegression

from app.server.control import reload_server
from tests.support.memory import MEBIBYTE, Memory, publish_large_model, read_memory
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, run_server, wait_until

MODEL_MEGABYTES = 64
# What a worker of a small model has to itself, and then some.
OWN_MEGABYTES = 40


def reload_and_read(server: RunningServer) -> list[Memory]:
    """Return how much memory each worker holds after one more reload."""
    assert reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS).refusal is None
    wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
    return [read_memory(worker) for worker in server.list_workers()]


def test_a_worker_holds_the_model_once_and_the_bytes_of_no_artifact(tmp_path: Path) -> None:
    publish_model(tmp_path / "artifacts", "small", load_iris_dataset(), LogisticRegression())
    with run_server(tmp_path / "artifacts", tmp_path) as server:
        small = max(memory.resident for memory in reload_and_read(server))
        publish_large_model(tmp_path / "artifacts", "large", MODEL_MEGABYTES)
        for _ in range(2):
            workers = reload_and_read(server)
            private = [memory.private // MEBIBYTE for memory in workers]
            added = [(memory.resident - small) // MEBIBYTE for memory in workers]
            assert max(private) < MODEL_MEGABYTES + OWN_MEGABYTES
            assert MODEL_MEGABYTES // 2 < max(added) < MODEL_MEGABYTES + OWN_MEGABYTES
