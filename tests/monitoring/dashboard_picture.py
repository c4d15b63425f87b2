"""Draws docs/dashboard.png from a run of several minutes: `python -m tests.monitoring.dashboard_picture`.

The real server is asked by several kinds of clients while its model is changed, a feature drifts, a worker is killed
and a broken version is refused; the real Prometheus looks on. Nobody needs Grafana to see what that looks like.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.artifacts import lock_artifacts, make_current
from app.server.control import reload_server
from tests.monitoring.canvas import Line, Values
from tests.monitoring.dashboard import Panel, Target, fill_in, list_panels, read_dashboard
from tests.monitoring.picture import draw_dashboard
from tests.monitoring.running_prometheus import RunningPrometheus, Series
from tests.monitoring.traffic import Traffic, traffic_at
from tests.monitoring.watched_server import WatchedServer, watch_server
from tests.support.broken_artifacts import flip_bit
from tests.support.running_server import DEADLINE_SECONDS, ROOT
from training import train
from training.dataset import load_dataset

PICTURE_FILE = ROOT / "docs" / "dashboard.png"
RUN_SECONDS = 360.0
STEP_SECONDS = 1.0
# The first figures of a rate stand on too little.
WARM_UP_SECONDS = 10.0
SHIFTED_FEATURE, SHIFT = 3, 1.6
VERSIONS = ("2026-11", "2026-10")


def main(run_seconds: float = RUN_SECONDS, file: Path = PICTURE_FILE) -> None:
    """Run everything and draw what Prometheus has seen."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for version, seed in zip(VERSIONS, (42, 43), strict=True):
            train.main(["--artifact-dir", str(folder / "published"), "--version", version, "--seed", str(seed)])
        with watch_server(folder / "published", folder) as watched:
            start = time.time()
            with traffic_at(watched.server.url, load_dataset().X) as traffic:
                _disturb(watched, traffic, run_seconds)
            times = np.arange(start + WARM_UP_SECONDS, time.time(), STEP_SECONDS)
            panels = list_panels()
            lines = {panel.id: read_lines(watched.prometheus, panel, times) for panel in panels}
        draw_dashboard(read_dashboard()["title"], panels, lines, times, file)


def read_lines(prometheus: RunningPrometheus, panel: Panel, times: Values) -> list[Line]:
    """Return the series of a panel at `times`, which are equally far apart."""
    lines = []
    for target in panel.targets:
        step_seconds = float(times[1] - times[0])
        answered = prometheus.query_range(fill_in(target.expression), times[0], times[-1], step_seconds)
        if target.is_instant:  # what the ten highest are is asked once, not at every time
            answered = [
                {**series, "values": [series["value"]]} for series in prometheus.query(fill_in(target.expression))
            ]
        lines += [to_line(target, series, times) for series in answered]
    return lines


def to_line(target: Target, series: Series, times: Values) -> Line:
    """Return a series of Prometheus' answer as the panel names it."""
    name = target.legend
    for label, value in series["metric"].items():
        name = name.replace("{{" + label + "}}", value)
    values = np.full(len(times), np.nan)
    for at, value in series["values"]:
        position = int(np.argmin(np.abs(times - at)))
        values[position] = float(value)
    return Line(name, values)


def _disturb(watched: WatchedServer, traffic: Traffic, run_seconds: float) -> None:
    """Do in equal times what happens to a service in a year."""

    def shift() -> None:
        traffic.shift = (SHIFTED_FEATURE, SHIFT)

    def kill_worker() -> None:
        os.kill(watched.server.list_workers()[0], signal.SIGKILL)

    def refuse() -> None:
        flip_bit(watched.artifact_dir / VERSIONS[1])
        _reload(watched, VERSIONS[1])

    steps: list[Callable[[], None]] = [lambda: None, lambda: _reload(watched, VERSIONS[0]), shift, kill_worker, refuse]
    for step in steps:
        step()
        time.sleep(run_seconds / len(steps))


def _reload(watched: WatchedServer, version: str) -> None:
    with lock_artifacts(watched.artifact_dir):
        make_current(watched.artifact_dir, version)
    reload_server(f"127.0.0.1:{watched.server.port}", DEADLINE_SECONDS)


if __name__ == "__main__":
    main()
