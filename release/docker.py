"""Docker's command line, as the engine that DOCKER_HOST names is spoken to: here, or on another machine over SSH."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

_TIMEOUT_SECONDS = 600.0
# What only asks has its answer at once, or the connection is dead.
_READ_TIMEOUT_SECONDS = 60.0
_LOGS_TIMEOUT_SECONDS = 20.0
_NO_VARIABLES: Mapping[str, str] = {}


class ReleaseFailed(Exception):
    """A step of a release that cannot be taken or has failed; the message says why, and what to do."""


class DockerFailed(ReleaseFailed):
    """A command of Docker failed; the message has the command and what it said, `status` how it ended."""

    def __init__(self, arguments: tuple[str, ...], said: str, status: int | None = None) -> None:
        self.said, self.status = said.strip(), status
        super().__init__(f"'docker {' '.join(arguments)}' failed: {self.said or 'it does not say why'}")


class Docker:
    """The commands of Docker, in one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.hands_on_login = True
        """Whether stacks are given this client's login to the registry; else they keep the one that they have."""

    def run(self, *arguments: str, stdin: str = "", variables: Mapping[str, str] = _NO_VARIABLES) -> str:
        """Return what a command prints; `variables` are added to its environment. Raises `DockerFailed`."""
        return self._run(arguments, stdin, variables, _TIMEOUT_SECONDS).stdout

    def read_lines(self, *arguments: str) -> list[str]:
        """Return the lines that a command prints. Raises `DockerFailed`."""
        return self._run(arguments, "", {}, _READ_TIMEOUT_SECONDS).stdout.splitlines()

    def inspect(self, kind: str, *names: str) -> list[dict[str, Any]]:
        """Return what the engine knows of the things of one kind that have these names. Raises `DockerFailed`."""
        command = ("inspect", "--type", kind, *names)
        found: list[dict[str, Any]] = json.loads(self._run(command, "", {}, _READ_TIMEOUT_SECONDS).stdout)
        return found

    def inspect_tasks(self, service: str) -> list[dict[str, Any]]:
        """Return the tasks of a service, those that have ended too, the oldest first. Raises `DockerFailed`."""
        for is_last in (False, False, True):
            tasks = self.read_lines("service", "ps", "-q", "--no-trunc", service)
            try:
                return sorted(self.inspect("task", *tasks) if tasks else [], key=lambda task: str(task["CreatedAt"]))
            except DockerFailed:  # the engine has forgotten one of them meanwhile
                if is_last:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def read_last_lines(self, task: str, n_lines: int) -> list[str]:
        """Return the last lines of a log, and none where they cannot be had."""
        try:
            ended = self._run(("service", "logs", "--raw", "--tail", str(n_lines), task), "", {}, _LOGS_TIMEOUT_SECONDS)
        except DockerFailed:
            return []
        return [*ended.stdout.splitlines(), *ended.stderr.splitlines()]

    def _run(
        self, arguments: tuple[str, ...], stdin: str, variables: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        options: dict[str, Any] = {"capture_output": True, "text": True, "errors": "replace", "timeout": timeout}
        try:
            environment = {**self.environment, **variables}
            ended = subprocess.run(["docker", *arguments], env=environment, input=stdin, **options)
        except subprocess.TimeoutExpired as error:
            raise DockerFailed(arguments, f"it has not ended within {timeout:g} seconds") from error
        except OSError as error:
            raise DockerFailed(arguments, f"the program 'docker': {error.strerror}") from error
        if ended.returncode != 0:
            raise DockerFailed(arguments, ended.stderr or ended.stdout, ended.returncode)
        return ended
