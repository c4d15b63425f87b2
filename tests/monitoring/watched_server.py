"""The real server, watched by the real Prometheus, which tells the real Alertmanager, which tells the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.monitoring.running_prometheus import RunningPrometheus, run_alertmanager, run_prometheus
from tests.monitoring.webhook import AlertReceiver, Notice, receive_alerts
from tests.support.running_server import COLD, RunningServer, run_server, wait_until


@dataclass(frozen=True)
class WatchedServer:
    """A server and those who watch it."""

    artifact_dir: Path
    server: RunningServer
    prometheus: RunningPrometheus
    receiver: AlertReceiver

    def wait_for(self, alert: str, status: str = "firing") -> tuple[str, Notice]:
        """Return the receiver that Alertmanager told of an alert, and the alert, once that has happened."""
        wait_until(lambda: self.receiver.find(alert, status) is not None, f"{alert} is {status}")
        found = self.receiver.find(alert, status)
        assert found
        return found

    def wait_until_seen(self) -> None:
        """Return once Prometheus has seen the server."""
        wait_until(lambda: self.prometheus.query('up{job="ml-service"} == 1') != [], "Prometheus sees the server")


@contextmanager
def watch_server(published: Path, folder: Path, **variables: str) -> Iterator[WatchedServer]:
    """Run a server with a copy of what is published, watched, until the `with` block ends."""
    artifact_dir = folder / "artifacts"
    shutil.copytree(published, artifact_dir, symlinks=True)
    variables = {"PREDICTION_LOG_DIR": str(folder / "predictions"), **variables}
    with (
        run_server(artifact_dir, folder, COLD, **variables) as server,
        receive_alerts() as receiver,
        run_alertmanager(folder, receiver.url) as alertmanager_port,
        run_prometheus(folder, server.port, alertmanager_port) as prometheus,
    ):
        watched = WatchedServer(artifact_dir, server, prometheus, receiver)
        watched.wait_until_seen()
        yield watched
