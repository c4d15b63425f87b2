from __future__ import annotations

from pathlib import Path

from sklearn.linear_model import LogisticRegression

from app.server.control import reload_server
from tests.support.memory import MEBIBYTE, Memory, publish_large_model, read_all_memory
from tests.support.published_models import load_iris_dataset, publish_model
from tests.support.running_server import COLD, DEADLINE_SECONDS, RunningServer, run_server, wait_until

MODEL_MEGABYTES = 48


def reload_and_read(server: RunningServer) -> dict[int, Memory]:
    """Return how much memory the master and each worker hold after one more reload."""
    assert reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS).refusal is None
    wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
    return read_all_memory(server)


def sum_megabytes(memories: dict[int, Memory], kind: str) -> float:
    """Return how much memory of a kind all processes have."""
    return sum(float(getattr(memory, kind)) for memory in memories.values()) / MEBIBYTE


def count_descriptors(server: RunningServer) -> list[int]:
    """Return how many files the master and each worker have open."""
    processes = [server.process.pid, *server.list_workers()]
    return [len(list(Path(f"/proc/{process}/fd").iterdir())) for process in processes]


def test_all_processes_together_hold_a_large_model_once(tmp_path: Path) -> None:
    publish_model(tmp_path / "artifacts", "small", load_iris_dataset(), LogisticRegression())
    with run_server(tmp_path / "artifacts", tmp_path, COLD) as server:
        small = reload_and_read(server)
        n_descriptors = count_descriptors(server)
        publish_large_model(tmp_path / "artifacts", "large", MODEL_MEGABYTES)
        for _ in range(3):
            large = reload_and_read(server)
            together = sum_megabytes(large, "proportional") - sum_megabytes(small, "proportional")
            private = sum_megabytes(large, "private") - sum_megabytes(small, "private")
            resident = sum_megabytes(large, "resident") - sum_megabytes(small, "resident")
            assert MODEL_MEGABYTES / 2 < together < 1.5 * MODEL_MEGABYTES
            assert private < MODEL_MEGABYTES / 2
            assert resident > 2 * MODEL_MEGABYTES
            assert count_descriptors(server) == n_descriptors
