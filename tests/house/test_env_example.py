from __future__ import annotations

import dataclasses
import re
import subprocess

import pytest

from app.settings import Settings
from tests.support.running_server import DEADLINE_SECONDS, ROOT

FILE = ROOT / ".env.example"
# Left empty in the file: what there is none of by default, and what depends on the machine or on what is published.
OF_THE_OPERATOR = {
    "ARTIFACT_PUBLIC_KEY_FILE",
    "TRUSTED_PROXIES",
    "METRICS_PORT",
    "PREDICTION_LOG_DIR",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
}
COMPUTED = {"WEB_CONCURRENCY", "MODEL_VERSION", "MAX_BODY_BYTES", "LOG_FORMAT"} | OF_THE_OPERATOR
DEFAULTS = {
    field.name.upper(): str(int(field.default) if isinstance(field.default, bool) else field.default)
    for field in dataclasses.fields(Settings)
}
# Read by the training script, which knows nothing of the service's settings.
OF_TRAINING = ["TRAIN_VERSION", "SIGNING_KEY_FILE"]
OF_COMPOSE = ["GRAFANA_ADMIN_PASSWORD", "PUBLISH_ADDRESS", "HTTP_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT"]
OF_OTHERS = OF_TRAINING + OF_COMPOSE
COMPOSE_FILE = ROOT / "docker" / "compose.yml"


class RecordingEnviron(dict[str, str]):
    """An environment that records which variables are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: list[str] = []

    def get(self, name: str, default: str | None = None) -> str:  # type: ignore[override]
        """Return the default, always."""
        self.asked_for.append(name)
        return default or ""


def read_example() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", FILE.read_text(), flags=re.MULTILINE))


def test_lists_exactly_the_variables_that_the_settings_read() -> None:
    environ = RecordingEnviron()
    Settings.from_env(environ)
    assert list(read_example()) == environ.asked_for + OF_OTHERS


def test_names_a_variable_for_each_setting() -> None:
    assert list(read_example()) == list(DEFAULTS) + OF_OTHERS


@pytest.mark.parametrize("name", DEFAULTS)
def test_shows_the_default(name: str) -> None:
    assert read_example()[name] == ("" if name in COMPUTED else DEFAULTS[name])


@pytest.mark.parametrize("name", OF_COMPOSE)
def test_shows_the_default_of_the_compose_file(name: str) -> None:
    (default,) = set(re.findall(rf"\$\{{{name}:[-?]([\w.]*)", COMPOSE_FILE.read_text()))
    assert read_example()[name] == ("" if name == "GRAFANA_ADMIN_PASSWORD" else default)


def test_names_all_variables_of_the_compose_file() -> None:
    assert set(re.findall(r"\$\{([A-Z_]+)", COMPOSE_FILE.read_text())) <= set(read_example())


def test_changes_nothing_when_it_is_copied_as_it_is() -> None:
    assert Settings.from_env(read_example()) == Settings.from_env({})


def test_reads_in_a_shell_as_it_reads_here() -> None:
    script = f"set -eua; . '{FILE}'; env -0"
    command = ["env", "-i", "bash", "-c", script]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DEADLINE_SECONDS).stdout
    variables = dict(line.split("=", 1) for line in output.split("\0") if line)
    assert read_example().items() <= variables.items()


def test_holds_nothing_but_comments_and_variables() -> None:
    lines = FILE.read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"(#.*|[A-Z_]+=\S*|)", line)] == []
