"""Measures what a reload does to those who ask meanwhile, and to the memory: `python -m benchmarks.reload`."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from app.artifacts import lock_artifacts, make_current
from app.server.control import reload_server
from tests.support.load import N_KEPT_ALIVE, N_RECONNECTING, Load, load_on
from tests.support.memory import MEBIBYTE, publish_large_model, read_all_memory
from tests.support.published_models import publish_model
from tests.support.running_server import COLD, DEADLINE_SECONDS, RunningServer, run_server, wait_until
from training.dataset import load_dataset

N_RELOADS = 20
PAUSE_SECONDS = 0.5
LARGE_MEGABYTES = 200

Span = tuple[float, float]


def main() -> None:
    """Reload under load, then with a large artifact, and print what that cost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = load_dataset()
        publish_model(folder / "small", "linear", dataset, LogisticRegression(max_iter=500))
        publish_model(folder / "small", "boosted", dataset, GradientBoostingClassifier(random_state=42))
        with run_server(folder / "small", folder, COLD, LOG_LEVEL="warning") as server:
            with load_on(server.port, dataset.X[0].tolist()) as load:
                reloads = [_reload(server, folder / "small", ("linear", "boosted")[n % 2]) for n in range(N_RELOADS)]
            _print_latencies(load, reloads)
        publish_large_model(folder / "large", "large", LARGE_MEGABYTES)
        with run_server(folder / "large", folder, COLD) as server:
            for n_reloads in (1, 2):
                began, ended = _reload(server, folder / "large", "large")
                wait_until(lambda: len(server.list_workers()) == 2, "the old workers have left")
                title = f"{LARGE_MEGABYTES} MiB, reload {n_reloads} in {ended - began:.1f} s"
                _print_memory(server, title)


def _reload(server: RunningServer, artifact_dir: Path, version: str) -> Span:
    time.sleep(PAUSE_SECONDS)
    with lock_artifacts(artifact_dir):
        make_current(artifact_dir, version)
    began = time.monotonic()
    outcome = reload_server(f"127.0.0.1:{server.port}", DEADLINE_SECONDS)
    assert (outcome.version, outcome.refusal) == (version, None)
    return began, time.monotonic()


def _print_latencies(load: Load, reloads: list[Span]) -> None:
    """Print how long the answers took during the reloads and between them, which alternate."""
    during = [span for span in load.spans if any(span[0] < end and span[1] > start for start, end in reloads)]
    between = list(set(load.spans) - set(during))
    clients = f"{N_KEPT_ALIVE} kept-alive and {N_RECONNECTING} reconnecting clients"
    print(f"{N_RELOADS} reloads under {clients}: {len(load.spans)} requests, {len(load.failures)} failed")
    print(f"one reload took {statistics.median(end - start for start, end in reloads):.2f} s (median)\n")
    print(f"{'Milliseconds an answer took':<44}{'median':>10}{'99 %':>10}{'longest':>10}")
    for name, spans in {"between reloads": between, "during reloads": during}.items():
        seconds = sorted(end - start for start, end in spans)
        figures = statistics.median(seconds), seconds[int(len(seconds) * 0.99)], seconds[-1]
        print(f"{name:<44}" + "".join(f"{figure * 1e3:>10.0f}" for figure in figures))


def _print_memory(server: RunningServer, title: str) -> None:
    print(f"\n{title:<44}{'private':>10}{'with share':>12}")
    for number, memory in enumerate(read_all_memory(server).values()):
        name = f"worker {number}" if number else "master"
        print(f"{name + ', MiB':<44}{memory.private / MEBIBYTE:>10.0f}{memory.proportional / MEBIBYTE:>12.0f}")


if __name__ == "__main__":
    main()
