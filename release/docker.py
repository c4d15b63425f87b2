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


class DockerFailed(Exception):
    """A command of Docker failed; the message has the command and what it said."""

    def __init__(self, arguments: tuple[str, ...], said: str) -> None:
        super().__init__(f"'docker {' '.join(arguments)}' failed: {said.strip() or 'it does not say why'}")


class Docker:
    """The commands of Docker, in one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.hands_on_login = True
        """Whether stacks are given this client's login to the registry; else they keep the one that they have."""

    def run(self, *arguments: str, stdin: str = "", variables: Mapping[str, str] | None = None) -> str:
        """Return what a command prints; `variables` are added to its environment. Raises `DockerFailed`."""
        return self._run(arguments, stdin, variables or {}, _TIMEOUT_SECONDS).stdout

    def read_lines(self, *arguments: str) -> list[str]:
        """Return the lines that a command prints. Raises `DockerFailed`."""
        return self._read(*arguments).splitlines()

    def inspect(self, kind: str, *names: str) -> list[dict[str, Any]]:
        """Return what the engine knows of the things of one kind that have these names. Raises `DockerFailed`."""
        if not names:
            return []
        found: list[dict[str, Any]] = json.loads(self._read(kind, "inspect", *names))
        return found

    def inspect_tasks(self, service: str) -> list[dict[str, Any]]:
        """Return the tasks of a service, those that have ended too, the oldest first. Raises `DockerFailed`."""
        for is_last in (False, False, True):
            tasks = self.read_lines("service", "ps", "-q", "--no-trunc", service)
            try:
                found = json.loads(self._read("inspect", "--type", "task", *tasks)) if tasks else []
            except DockerFailed:  # the engine has forgotten one of them meanwhile
                if is_last:
                    raise
                continue
            return sorted(found, key=lambda task: str(task["CreatedAt"]))
        raise AssertionError("the last attempt returns or raises")

    def read_last_lines(self, service_or_task: str, n_lines: int) -> list[str]:
        """Return the last lines of a log, and none where they cannot be had."""
        command = ("service", "logs", "--raw", "--tail", str(n_lines), service_or_task)
        try:
            ended = self._run(command, "", {}, _LOGS_TIMEOUT_SECONDS)
        except DockerFailed:
            return []
        return [*ended.stdout.splitlines(), *ended.stderr.splitlines()]

    def _read(self, *arguments: str) -> str:
        return self._run(arguments, "", {}, _READ_TIMEOUT_SECONDS).stdout

    def _run(
        self, arguments: tuple[str, ...], stdin: str, variables: Mapping[str, str], timeout_seconds: float
    ) -> subprocess.CompletedProcess[str]:
        try:
            ended = subprocess.run(
                ["docker", *arguments],
                env={**self.environment, **variables},
                input=stdin,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise DockerFailed(arguments, f"it has not ended within {timeout_seconds:g} seconds") from error
        except OSError as error:
            raise DockerFailed(arguments, f"the program 'docker': {error.strerror}") from error
        if ended.returncode != 0:
            raise DockerFailed(arguments, ended.stderr or ended.stdout)
        return ended
