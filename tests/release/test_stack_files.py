from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import Settings
from tests.support.running_server import ROOT

FOLDER = ROOT / "docker"
STACK_FILES = sorted(FOLDER.glob("stack*.yml"))
STACK: Any = yaml.safe_load((FOLDER / "stack.yml").read_text())
SIGNED: Any = yaml.safe_load((FOLDER / "stack.signed.yml").read_text())
COMPOSE: Any = yaml.safe_load((FOLDER / "compose.yml").read_text())
SETTINGS = {field.name.upper(): field.default for field in dataclasses.fields(Settings)}
# The image says where the service listens and what it serves; a container keeps no predictions.
OF_THE_IMAGE = {"HOST", "PORT", "ARTIFACT_DIR", "MODEL_VERSION", "PREDICTION_LOG_DIR", "PREDICTION_LOG_MAX_BYTES"}
OF_A_RELEASE = {"ARTIFACT_PUBLIC_KEY_FILE"}
# Nothing collects metrics on a port of their own, or traces, on a developer's machine; the image logs JSON by itself.
NOT_OF_COMPOSE = {"METRICS_PORT", "OTEL_EXPORTER_OTLP_ENDPOINT", "LOG_FORMAT"}
SET_BY_THE_CODE = {
    "IMAGE",
    "STACK",
    "NGINX_DIGEST",
    "PUBLIC_KEY_DIGEST",
    "TLS_CERTIFICATE_SECRET",
    "TLS_KEY_SECRET",
}
LONGEST = {"STACK": f"ml-service-{'a' * 20}", "NGINX_DIGEST": "0" * 12, "PUBLIC_KEY_DIGEST": "0" * 12}


def list_documented() -> dict[str, str]:
    """Return the variables of the table in docs/release.md, with the default of each as it is written there."""
    table = (ROOT / "docs" / "release.md").read_text().partition("## Variables")[2].partition("\n## ")[0]
    documented: dict[str, str] = {}
    for names, defaults in re.findall(r"^\| (`.+?) \| (.+?) \|", table, re.MULTILINE):
        found, values = re.findall("`([A-Z_]+)`", names), re.findall("`(.+?)`", defaults)
        documented |= dict(zip(found, values if len(values) == len(found) else [defaults] * len(found), strict=True))
    return documented


def list_variables(path: Path) -> dict[str, str]:
    """Return the variables that a file refers to, with their defaults."""
    return dict(re.findall(r"\$\{([A-Z_]+)(?::[-?]([^}]*))?", path.read_text()))


def parse_bytes(text: str) -> int:
    return int(text[:-1]) * {"m": 2**20, "g": 2**30}[text[-1]]


def parse_seconds(text: str) -> int:
    """Return a time as the engine takes it where no variable is set."""
    filled_in = re.sub(r"\$\{\w+:-(\d+)\}", r"\1", text)
    assert filled_in.endswith("s")
    return int(filled_in[:-1])


def test_the_stack_hands_the_service_every_setting_of_an_operator() -> None:
    environment = STACK["services"]["ml-service"]["environment"]
    assert environment.keys() == SETTINGS.keys() - OF_THE_IMAGE - OF_A_RELEASE
    assert SIGNED["services"]["ml-service"]["environment"].keys() == OF_A_RELEASE


def test_compose_hands_the_service_every_setting_of_a_developer() -> None:
    environment = COMPOSE["services"]["ml-service"]["environment"]
    assert environment.keys() == SETTINGS.keys() - OF_THE_IMAGE - OF_A_RELEASE - NOT_OF_COMPOSE


@pytest.mark.parametrize("document", [STACK, COMPOSE], ids=["stack", "compose"])
def test_the_service_is_told_each_setting_by_the_variable_of_that_name(document: Any) -> None:
    environment = document["services"]["ml-service"]["environment"].items()
    assert [name for name, value in environment if name != "LOG_FORMAT" and not value.startswith(f"${{{name}:-")] == []


def test_the_stack_logs_for_machines() -> None:
    assert STACK["services"]["ml-service"]["environment"]["LOG_FORMAT"] == "json"


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.name)
def test_every_variable_is_documented(path: Path) -> None:
    assert list_variables(path).keys() - list_documented().keys() <= SET_BY_THE_CODE


def test_every_variable_has_the_default_that_is_documented() -> None:
    defaults = {name: value for path in STACK_FILES for name, value in list_variables(path).items() if value}
    written = {**list_documented(), "GRACEFUL_TIMEOUT_SECONDS": str(SETTINGS["GRACEFUL_TIMEOUT_SECONDS"])}
    ours = defaults.keys() - SET_BY_THE_CODE
    assert len(ours) > 5
    assert {name: defaults[name] for name in ours} == {name: written[name] for name in ours}


def test_nothing_of_the_table_is_of_no_use() -> None:
    places = [*(ROOT / "release").glob("*.py"), *STACK_FILES, ROOT / ".gitlab-ci.yml", ROOT / "training" / "options.py"]
    text = "\n".join(path.read_text() for path in places)
    assert [name for name in list_documented() if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("document", [STACK, COMPOSE], ids=["stack", "compose"])
def test_the_service_has_longer_to_stop_than_it_takes(document: Any) -> None:
    service = document["services"]["ml-service"]
    timeout = service["environment"]["GRACEFUL_TIMEOUT_SECONDS"]
    default = int(re.sub(r"\D", "", timeout) or Settings.graceful_timeout_seconds)
    assert parse_seconds(service["stop_grace_period"]) > default == 30


def test_the_next_replica_is_begun_only_when_a_new_one_has_been_watched() -> None:
    update = STACK["services"]["ml-service"]["deploy"]["update_config"]
    assert (update["order"], update["failure_action"], update["max_failure_ratio"]) == ("start-first", "rollback", 0)
    assert (update["parallelism"], update["delay"]) == (1, update["monitor"])
    assert parse_seconds(update["monitor"]) >= 10


def test_the_way_back_takes_one_replica_at_a_time_too() -> None:
    back = STACK["services"]["ml-service"]["deploy"]["rollback_config"]
    assert (back["order"], back["parallelism"]) == ("start-first", 1)


def test_nginx_has_the_memory_for_what_one_address_may_send_at_once() -> None:
    text = (FOLDER / "nginx" / "nginx.conf").read_text()
    n_connections, body, buffer = (
        int(re.findall(rf"^ *{name} (\d+)k?;", text, re.MULTILINE)[0])
        for name in ("limit_conn clients", "client_max_body_size", "client_body_buffer_size")
    )
    nginx = STACK["services"]["nginx"]
    (files,) = (volume["tmpfs"]["size"] for volume in nginx["volumes"])
    assert files >= n_connections * body
    assert parse_bytes(nginx["deploy"]["resources"]["limits"]["memory"]) >= files + 4 * n_connections * buffer * 1024
    assert COMPOSE["services"]["nginx"]["tmpfs"] == [f"/tmp:size={files // 2**20}m"]


def test_nginx_makes_room_for_its_successor_soon() -> None:
    (seconds,) = re.findall(r"^worker_shutdown_timeout (\d+)s;", (FOLDER / "nginx" / "nginx.conf").read_text(), re.M)
    assert int(seconds) <= 5 < parse_seconds(STACK["services"]["nginx"]["stop_grace_period"])


@pytest.mark.parametrize("document", [STACK, COMPOSE], ids=["stack", "compose"])
@pytest.mark.parametrize("name", ["ml-service", "nginx"])
def test_containers_can_do_no_more_than_they_need(document: Any, name: str) -> None:
    service = document["services"][name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.name)
def test_the_engine_takes_the_names_of_configs(path: Path) -> None:
    names = [config["name"] for config in yaml.safe_load(path.read_text())["configs"].values()]
    filled_in = [re.sub(r"\$\{(\w+)\}", lambda found: LONGEST[found[1]], name) for name in names]
    assert all(re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9]", name) for name in filled_in)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.name)
def test_every_config_is_one_of_its_release(path: Path) -> None:
    for config in yaml.safe_load(path.read_text())["configs"].values():
        owner = "NGINX" if config["file"].startswith("nginx/") else "PUBLIC_KEY"
        assert config["name"].startswith(f"${{STACK}}-${{{owner}_DIGEST}}-")
