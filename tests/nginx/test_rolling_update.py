"""The real service behind nginx while its replicas end one after another, as in an update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import requests

from tests.nginx.name_server import name_replicas
from tests.nginx.running_nginx import run_nginx
from tests.support.load import Load, load_on
from tests.support.running_server import DEADLINE_SECONDS, RunningServer, find_free_port, start_server, wait_until
from training.dataset import Dataset

ADDRESSES = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
# So many requests are answered before, while and after a replica is gone that is still named.
N_ANSWERS = 200


@contextmanager
def run_service(artifact_dir: Path, folder: Path, addresses: Sequence[str], port: int) -> Iterator[list[RunningServer]]:
    """Run the real service at several addresses until the `with` block ends."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(start_server(artifact_dir, folder, HOST=address, PORT=str(port), WEB_CONCURRENCY="1"))
            for address in addresses
        ]
        for address in addresses:
            wait_until(partial(is_ready, f"http://{address}:{port}"), f"{address} is ready")
        yield servers


def is_ready(url: str) -> bool:
    """Return whether the service at `url` is ready."""
    with suppress(requests.ConnectionError):
        return requests.get(f"{url}/ready", timeout=DEADLINE_SECONDS).status_code == 200
    return False


def wait_for_answers(load: Load) -> None:
    """Return once so many more requests have been answered."""
    enough = load.answers.total() + N_ANSWERS
    wait_until(lambda: load.answers.total() >= enough, "the service answers")


def test_no_request_fails_while_replicas_end_one_after_another(
    example_artifact_dir: Path, example_dataset: Dataset, tmp_path: Path
) -> None:
    port = find_free_port()
    with (
        run_service(example_artifact_dir, tmp_path, ADDRESSES, port) as replicas,
        name_replicas(*ADDRESSES) as names,
        run_nginx(names.port, port) as nginx,
        load_on(nginx.port, example_dataset.X[0].tolist()) as load,
    ):
        for number, replica in enumerate(replicas[:2], start=1):
            wait_for_answers(load)
            assert replica.stop() == 0
            wait_for_answers(load)  # while the one that has ended is still named
            names.addresses[:] = ADDRESSES[number:]
    assert load.failures == []
