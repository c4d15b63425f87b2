"""Waits until the engine serves what was asked for, or has gone back to what was before, and says which."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from release.docker import Docker, DockerFailed

POLL_SECONDS = 1.0
# An engine that has nothing to go back to tries for ever. So many failed tasks are no accident.
MAX_FAILED_TASKS = 3

_ROLLING_BACK = "rollback_started"
_ENDED_BADLY = {"rollback_completed", "rollback_paused", "paused"}
_ON_THE_WAY = {"updating", _ROLLING_BACK}
_FAILED = {"failed", "rejected"}
_GONE = {"complete", "shutdown", "failed", "rejected", "remove", "orphaned"}
_NOT_COMPARED = {"Runtime", "Placement"}
_N_LOG_LINES = 5


class NotConverged(Exception):
    """The engine does not serve what was asked for; the message says why, with what the tasks said last."""


@dataclass(frozen=True)
class ServiceState:
    """How far a service is with its update."""

    name: str
    update: str
    """The engine's word for it; empty where nothing had to be changed, or nothing has been begun yet."""
    n_wanted: int
    n_serving: int
    """How many tasks run as the service is specified now."""
    n_leaving: int
    """How many tasks of another specification have not ended yet."""
    failed: list[dict[str, Any]]
    """The tasks that failed or were refused, the oldest first."""
    obstacle: str = ""
    """Why a task cannot be started yet, such as that no machine has the memory for it."""

    @property
    def is_settled(self) -> bool:
        """Whether all of it runs as specified, and nothing else does."""
        return self.update not in _ON_THE_WAY and self.n_serving == self.n_wanted and not self.n_leaving


def list_tasks(docker: Docker, stack: str) -> set[str]:
    """Return the ids of all tasks of a stack, those that have ended too. Raises `DockerFailed`."""
    return {
        task for service in list_services(docker, stack) for task in docker.read_lines("service", "ps", "-q", service)
    }


def list_services(docker: Docker, stack: str) -> list[str]:
    """Return the names of the services of a stack. Raises `DockerFailed`."""
    label = f"label=com.docker.stack.namespace={stack}"
    return docker.read_lines("service", "ls", "--filter", label, "--format", "{{.Name}}")


def wait_until_converged(
    docker: Docker, stack: str, known_tasks: Iterable[str], timeout_seconds: float, tell: Callable[[str], None]
) -> None:
    """Return once every service of `stack` runs as it is specified, and nothing else of it does.

    `known_tasks` are those from before: what they died of is not this update's fault. `tell` is given a line whenever
    something has changed. An engine that cannot be asked is asked again: that says nothing about the update. Raises
    `NotConverged`.
    """
    known = set(known_tasks)
    deadline = time.monotonic() + timeout_seconds
    told = ""
    while True:
        try:
            states = _read_states(docker, stack, known)
            line = "; ".join(map(_describe, states))
        except DockerFailed as error:
            states, line = [], str(error).partition("\n")[0]
        if line != told:
            tell(line)
            told = line
        for state in states:
            _check(docker, state)
        if states and all(state.is_settled for state in states):
            return
        if time.monotonic() > deadline:
            raise NotConverged(
                f"Not converged within {timeout_seconds:g} seconds: {told}.{_quote_failed(docker, states)}"
            )
        time.sleep(POLL_SECONDS)


def _read_states(docker: Docker, stack: str, known_tasks: set[str]) -> list[ServiceState]:
    lost = list_lost_nodes(docker)
    return [read_state(docker, name, known_tasks, lost) for name in list_services(docker, stack)]


def list_lost_nodes(docker: Docker) -> set[str]:
    """Return the ids of the machines of the swarm that do not answer. Raises `DockerFailed`."""
    lines = docker.read_lines("node", "ls", "--format", "{{.ID}} {{.Status}}")
    return {node for node, status in map(str.split, lines) if status != "Ready"}


def read_state(
    docker: Docker, name: str, known_tasks: set[str], lost_nodes: Collection[str] = frozenset()
) -> ServiceState:
    """Return how far the service `name` is. Raises `DockerFailed`.

    Of tasks on `lost_nodes` nobody knows whether they have ended; they are not waited for.
    """
    (service,) = docker.inspect("service", name)
    tasks = docker.inspect_tasks(name)
    specified = _normalize(service["Spec"]["TaskTemplate"])
    active = [task for task in tasks if task["Status"]["State"] not in _GONE]
    current = [task for task in active if task["DesiredState"] == "running" and _normalize(task["Spec"]) == specified]
    leaving = [task for task in active if task not in current and task.get("NodeID") not in lost_nodes]
    obstacles = [task["Status"]["Err"] for task in current if task["Status"].get("Err")]
    return ServiceState(
        name=name,
        update=(service.get("UpdateStatus") or {}).get("State", ""),
        n_wanted=service["Spec"]["Mode"]["Replicated"]["Replicas"],
        n_serving=sum(task["Status"]["State"] == "running" for task in current),
        n_leaving=len(leaving),
        failed=[task for task in tasks if task["Status"]["State"] in _FAILED and task["ID"] not in known_tasks],
        obstacle=obstacles[-1] if obstacles else "",
    )


def _normalize(specification: dict[str, Any]) -> Any:
    """Return what a task is to run, as it can be compared.

    Of a service the engine says the runtime as well. A task that is where it may be stays when only that has changed.
    """
    return {name: value for name, value in _drop_empty(specification).items() if name not in _NOT_COMPARED}


def _drop_empty(value: Any) -> Any:
    """Return a specification without what says nothing: the engine does not write that everywhere alike."""
    if not isinstance(value, dict):
        return value
    return {name: _drop_empty(each) for name, each in value.items() if each not in (None, {}, [], "")}


def _describe(state: ServiceState) -> str:
    words = f"{state.name}: {state.n_serving} of {state.n_wanted} run"
    words += f", {state.n_leaving} to leave" if state.n_leaving else ""
    words += f" ({state.update.replace('_', ' ')})" if state.update else ""
    return words + (f": {state.obstacle}" if state.obstacle else "")


def _check(docker: Docker, state: ServiceState) -> None:
    """Raise `NotConverged` where the update has failed, once all of the service runs as before."""
    if state.update in _ENDED_BADLY and (state.is_settled or state.update != "rollback_completed"):
        ending = "has been rolled back" if state.update == "rollback_completed" else "is stuck"
        raise NotConverged(f"The update of {state.name} failed and {ending}.{_quote_failed(docker, [state])}")
    if not state.update and len(state.failed) >= MAX_FAILED_TASKS:
        raise NotConverged(f"{state.name} does not start.{_quote_failed(docker, [state])}")


def _quote_failed(docker: Docker, states: list[ServiceState]) -> str:
    """Return what the last task that failed died of, and the last lines of its log."""
    failed = [task for state in states for task in state.failed]
    if not failed:
        return ""
    task = failed[-1]
    lines = docker.read_last_lines(task["ID"], _N_LOG_LINES)
    reason = task["Status"].get("Err") or task["Status"].get("Message") or "it does not say why"
    return "\n".join([f" Its last task: {reason}.", *(f"  {line}" for line in lines)])
