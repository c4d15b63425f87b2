"""All of it on one machine, as a developer runs it: `make up`, `make down`. Grafana is a stand-in, see look_alikes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docker.clones import drop_variables, run_make
from tests.docker.engine import Engine, add_network, list_entry, run_engine
from tests.docker.look_alikes import COMPOSE_FILE, build_grafana, build_prometheus, copy_image
from tests.docker.programs import find_compose
from tests.support.running_server import wait_until
from training.dataset import load_dataset

SERVICES = {"ml-service", "nginx", "prometheus", "grafana"}
# The image is built in another engine, which has a way out.
ALREADY_BUILT = "--assume-old=image"
COMPOSE = f"COMPOSE={find_compose()}"

Ask = Callable[[str], Any]


@dataclass(frozen=True)
class Machine:
    """A developer's machine, with the project's clone."""

    engine: Engine
    clone: Path

    def run_make(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run make in the clone."""
        environment = {**drop_variables("GRAFANA_"), **self.engine.environment}
        return run_make(self.clone, *arguments, environment=environment, entry=self.entry, **variables)

    @property
    def entry(self) -> list[str]:
        """The command that runs another one on this machine."""
        return list_entry(self.engine.network)

    def ask(self, url: str, *options: str) -> Any:
        """Return what a URL answers on this machine, as JSON."""
        command = self.engine.enter("curl", "-sS", "-m", "10", *options, url)
        return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.fixture(scope="module")
def machine(workplace: Path, builder: Engine, image: str, nginx_image: str, clone: Path) -> Iterator[Machine]:
    """Run a machine that has all images."""
    images = [image, nginx_image, build_prometheus(builder), build_grafana(builder)]
    with add_network(f"mls{os.getpid()}-compose") as network, run_engine(workplace / "compose", network) as engine:
        for each in images:
            copy_image(each, builder, engine)
        yield Machine(engine, clone)


@pytest.fixture(scope="module")
def up(machine: Machine) -> Iterator[str]:
    """Have everything run, and return what `make up` prints; `make down` must leave nothing behind."""
    made = machine.run_make(ALREADY_BUILT, "up", COMPOSE)
    assert made.returncode == 0, made.stdout
    yield made.stdout
    made = machine.run_make("down", COMPOSE)
    assert made.returncode == 0, made.stdout
    things = (("ps", "--all"), ("volume", "ls"), ("network", "ls", "--filter", "type=custom"))
    assert [machine.engine.run(*thing, "--quiet") for thing in things] == ["", "", ""]


def test_without_a_password_it_says_what_to_do(machine: Machine, tmp_path: Path) -> None:
    (machine.clone / ".env").rename(tmp_path / "env")
    try:
        made = machine.run_make(ALREADY_BUILT, "up", COMPOSE)
    finally:
        (tmp_path / "env").rename(machine.clone / ".env")
    assert made.returncode != 0
    assert "GRAFANA_ADMIN_PASSWORD" in made.stdout and "choose one for Grafana, and write it into .env" in made.stdout


def test_all_become_healthy_one_after_the_other(machine: Machine, up: str) -> None:
    names = machine.engine.run("ps", "--format", "{{.Names}}").split()
    states = {}
    for name in names:
        (found,) = json.loads(machine.engine.run("container", "inspect", name))
        states[found["Config"]["Labels"]["com.docker.compose.service"]] = (
            found["State"]["Health"]["Status"],
            found["State"]["StartedAt"],
        )
    assert {name: health for name, (health, _) in states.items()} == dict.fromkeys(SERVICES, "healthy")
    started = {name: at for name, (_, at) in states.items()}
    assert started["ml-service"] < min(started["nginx"], started["prometheus"])
    assert started["prometheus"] < started["grafana"]


def test_says_where_everything_is(machine: Machine, up: str) -> None:
    assert up.splitlines()[-1] == (
        "The service: http://127.0.0.1:8080/docs Prometheus: http://127.0.0.1:9090 Grafana: http://127.0.0.1:3000"
    )


def test_publishes_nothing_beyond_this_machine(machine: Machine, up: str) -> None:
    ports = machine.engine.run("ps", "--format", "{{.Ports}}").replace(",", "\n").splitlines()
    published = [port.strip() for port in ports if "->" in port]
    assert sorted(port.split("->")[0] for port in published) == ["127.0.0.1:3000", "127.0.0.1:8080", "127.0.0.1:9090"]


def test_predicts_through_nginx(machine: Machine, up: str) -> None:
    body = json.dumps({"features": load_dataset().X[0].tolist()})
    answer = machine.ask("http://127.0.0.1:8080/predict", "--data", body, "--header", "Content-Type: application/json")
    assert answer["probabilities"] == {"class_0": 0.999669, "class_1": 0.000331}


def test_prometheus_scrapes_the_service_and_knows_its_alerts(machine: Machine, up: str) -> None:
    def ask(path: str) -> Any:
        return machine.ask(f"http://127.0.0.1:9090/api/v1/{path}")["data"]

    wait_until(lambda: [each["value"][1] for each in ask("query?query=up")["result"]] == ["1"], "a scrape")
    wait_until(lambda: bool(ask("query?query=http_requests_total")["result"]), "the service's metrics")
    groups = ask("rules")["groups"]
    assert "ServiceDown" in {rule["name"] for group in groups for rule in group["rules"]}


def test_grafana_is_given_its_data_source_its_dashboard_and_the_password(machine: Machine, up: str) -> None:
    given = machine.ask("http://127.0.0.1:3000/")
    files = {Path(name).name for name in given["files"]}
    assert files == {"prometheus.yml", "dashboards.yml", "ml-service.json"}
    (source,) = [text for name, text in given["files"].items() if name.endswith("prometheus.yml")]
    assert yaml.safe_load(source)["datasources"][0]["url"] == "http://prometheus:9090"
    assert given["variables"]["GF_SECURITY_ADMIN_PASSWORD"] == "a-secret-of-this-machine"


def test_nothing_starts_before_what_it_needs_is_healthy() -> None:
    services = yaml.safe_load(COMPOSE_FILE.read_text())["services"]
    needed = [need for service in services.values() for need in service.get("depends_on", {}).items()]
    assert len(needed) == len(SERVICES) - 1
    assert [name for name, need in needed if need != {"condition": "service_healthy"}] == []


def test_no_service_runs_with_more_rights_than_it_needs() -> None:
    services = yaml.safe_load(COMPOSE_FILE.read_text())["services"]
    assert services.keys() == SERVICES
    assert [name for name, service in services.items() if service["cap_drop"] != ["ALL"]] == []
    assert [name for name, service in services.items() if service["security_opt"] != ["no-new-privileges:true"]] == []
    assert [name for name, service in services.items() if not service.get("read_only")] == ["grafana"]
