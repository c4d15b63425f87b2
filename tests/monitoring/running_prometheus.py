"""Runs the real Prometheus and Alertmanager with the project's configuration, made quick, and ends them by their ids.

What a test runs is derived from the files in `docker/`: only addresses, intervals and durations are replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.monitoring.rules import ALERTMANAGER_FILE, PROMETHEUS_FOLDER, RULE_FILES, read_yaml
from tests.support.running_program import run_program
from tests.support.running_server import DEADLINE_SECONDS, find_free_port
from tools.prometheus import ALERTMANAGER, PROMETHEUS, find_program, find_working_folder

Series = dict[str, Any]


@dataclass(frozen=True)
class RunningPrometheus:
    """A Prometheus of the tests."""

    url: str

    def ask(self, path: str, **parameters: str | float) -> Any:
        """Return the data of an answer of the API. Raises `ValueError` with what Prometheus says is wrong."""
        answer = requests.get(f"{self.url}/api/v1/{path}", parameters, timeout=DEADLINE_SECONDS).json()
        if answer["status"] != "success":
            raise ValueError(answer["error"])
        return answer["data"]

    def query(self, expression: str) -> list[Series]:
        """Return the series that an expression gives now."""
        series: list[Series] = self.ask("query", query=expression)["result"]
        return series


@contextmanager
def run_alertmanager(folder: Path, webhook_url: str) -> Iterator[int]:
    """Run Alertmanager, which tells `webhook_url` at once, until the `with` block ends; yields its port."""
    port = find_free_port()
    configuration = folder / "alertmanager.yml"
    configuration.write_text(yaml.safe_dump(_hasten_alertmanager(read_yaml(ALERTMANAGER_FILE), webhook_url)))
    command = [find_program(ALERTMANAGER), f"--config.file={configuration}", "--cluster.listen-address="]
    command += [f"--web.listen-address=127.0.0.1:{port}", f"--storage.path={folder / 'alertmanager'}"]
    with _run(command, folder / "alertmanager.log", port):
        yield port


@contextmanager
def run_prometheus(
    folder: Path, service_port: int, alertmanager_port: int, scrape_interval: str = "500ms"
) -> Iterator[RunningPrometheus]:
    """Run Prometheus, which watches the service at `service_port`, until the `with` block ends."""
    port = find_free_port()
    configuration = _hasten_prometheus(read_yaml(PROMETHEUS_FOLDER / "prometheus.yml"), scrape_interval)
    configuration["scrape_configs"][0]["static_configs"] = [{"targets": [f"127.0.0.1:{service_port}"]}]
    alertmanagers = configuration["alerting"]["alertmanagers"]
    alertmanagers[0]["static_configs"] = [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    for name in RULE_FILES:
        (folder / name).write_text(yaml.safe_dump(_hasten_rules(read_yaml(PROMETHEUS_FOLDER / name))))
    command = [find_program(PROMETHEUS), f"--config.file={folder / 'prometheus.yml'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={folder / 'prometheus'}"]
    with _run(command, folder / "prometheus.log", port):
        yield RunningPrometheus(f"http://127.0.0.1:{port}")


def _hasten_alertmanager(configuration: Any, webhook_url: str) -> Any:
    """Return the configuration with short waits and `webhook_url` for every receiver, told apart by their names."""
    for route in (configuration["route"], *configuration["route"]["routes"]):
        route.update(group_wait="100ms", group_interval="500ms")
    for receiver in configuration["receivers"]:
        for webhook in receiver["webhook_configs"]:
            webhook["url"] = webhook_url
    return configuration


def _hasten_prometheus(configuration: Any, interval: str) -> Any:
    configuration["global"] = {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval}
    return configuration


def _hasten_rules(rules: Any) -> Any:
    """Return the rules with no waits: neither between evaluations nor before an alert fires."""
    for group in rules["groups"]:
        group.pop("interval", None)
        for rule in group["rules"]:
            rule.pop("for", None)
    return rules


@contextmanager
def _run(command: list[str], log_file: Path, port: int) -> Iterator[None]:
    with run_program(command, log_file, lambda: _is_ready(port), cwd=find_working_folder()):
        yield


def _is_ready(port: int) -> bool:
    with suppress(requests.ConnectionError):
        return requests.get(f"http://127.0.0.1:{port}/-/ready", timeout=DEADLINE_SECONDS).status_code == 200
    return False
