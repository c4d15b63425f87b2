"""Runs the project's own pipeline with gitlab-ci-local: the jobs of .gitlab-ci.yml, each in a folder of its own."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.docker.clones import drop_variables
from tests.docker.engine import Engine
from tests.docker.programs import find_pipeline_runner
from tests.docker.registry import Registry
from tests.docker.sites import HTTP_PORT, SHORT_DELAYS
from tests.support.running_server import ROOT

PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text())

_TIMEOUT_SECONDS = 1800
_STATE_FOLDER = ".gitlab-ci-local"
_VARIABLES_FILE = ".gitlab-ci-local-variables.yml"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ENDED = re.compile(r"^ *(PASS|FAIL|WARN) +([\w-]+)", re.MULTILINE)
# What the programs that run this say to their children.
_OF_OTHERS = ("MAKE", "MFLAGS", "PYTEST", "COV", "DOCKER_", "CI_", "ARTIFACT_DIR", "UV_COMPILE_BYTECODE")


@dataclass(frozen=True)
class PipelineRun:
    """What a run of the pipeline printed, and how it ended."""

    status: int
    printed: str
    seconds: float

    @property
    def passed(self) -> list[str]:
        """The jobs that passed."""
        return self._list("PASS")

    @property
    def failed(self) -> list[str]:
        """The jobs that failed."""
        return self._list("FAIL")

    def _list(self, outcome: str) -> list[str]:
        return sorted({job for ended, job in _ENDED.findall(self.printed) if ended == outcome})


@dataclass(frozen=True)
class Runner:
    """A clone, and what the jobs of its pipeline are told."""

    clone: Path
    builder: Engine
    registry: Registry
    tests: str
    """Which of the project's tests are run."""

    def run(self, *jobs: str, **variables: str) -> PipelineRun:
        """Run the whole pipeline, or only `jobs`, with what those before them have left, and with `variables`."""
        command = [find_pipeline_runner(), "--force-shell-executor", "--shell-isolation"]
        command += [
            option for name, value in {**self._list_variables(), **variables}.items() for option in _say(name, value)
        ]
        began = time.monotonic()
        ended = subprocess.run(
            [*command, *jobs],
            cwd=self.clone,
            env={**drop_variables(*_OF_OTHERS), **self._build_environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_SECONDS,
        )
        return PipelineRun(ended.returncode, _COLOURS.sub("", ended.stdout), time.monotonic() - began)

    @property
    def artifacts(self) -> Path:
        """The folder with what jobs have left for others, each in a folder of its name."""
        return self.clone / _STATE_FOLDER / "artifacts"

    def _list_variables(self) -> dict[str, str]:
        options = PIPELINE["test"]["variables"]["PYTEST_ADDOPTS"]
        return {
            **self.registry.variables,
            "CI_REGISTRY_IMAGE": f"{self.registry.address}/team/ml-service",
            "PYTEST_ADDOPTS": f"{options} {self.tests} --cov-fail-under=0",
            "BUILD_OPTIONS": "--network host",
            "HTTP_PORT": str(HTTP_PORT),
            **SHORT_DELAYS,
            "REPLICAS": "1",
            # Each job has a folder of its own, and installs all of it again. pip reads the negation as a value.
            "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
            "UV_CACHE_DIR": str(Path.home() / ".cache" / "uv"),
            "PIP_NO_COMPILE": "0",
        }

    def _build_environment(self) -> dict[str, str]:
        # The engine of the machine that the runner is on; what is deployed to is said by environment.
        environment = self.builder.environment
        return {"PATH": environment["PATH"], "DOCKER_HOST": environment["DOCKER_HOST"]}


def list_jobs(folder: Path, source: str) -> set[str]:
    """Return the names of the jobs that a pipeline of a clone has which `source` starts, such as a push."""
    command = [find_pipeline_runner(), "--list-json", *_say("CI_PIPELINE_SOURCE", source)]
    listed = subprocess.run(command, cwd=folder, env=drop_variables(*_OF_OTHERS), capture_output=True, check=True)
    jobs = json.loads(listed.stdout[listed.stdout.index(b"[\n") :])
    return {job["name"] for job in jobs if job["when"] != "never"}


def set_variables(folder: Path, scoped: Mapping[str, Mapping[str, str]]) -> None:
    """Give variables to the jobs of environments, as the settings of a project do: values by environment, by name."""
    values = {name: {"values": dict(by_environment)} for name, by_environment in scoped.items()}
    # Without the dashes it would be read as lines of a shell.
    (folder / _VARIABLES_FILE).write_text(yaml.safe_dump(values, explicit_start=True))
    with (folder / ".git" / "info" / "exclude").open("a") as excluded:
        excluded.write(f"/{_VARIABLES_FILE}\n/{_STATE_FOLDER}/\n")


def _say(name: str, value: str) -> tuple[str, str]:
    return "--variable", f"{name}={value}"
