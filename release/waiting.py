"""The wait until the engine serves what was asked for, or has gone back to what was before."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from release.docker import Docker, DockerFailed, ReleaseFailed

POLL_SECONDS = 1.0
# An engine that has nothing to go back to tries for ever. So many failed tasks are no accident.
MAX_FAILED_TASKS = 3

_ENDED_BADLY = {"rollback_completed", "rollback_paused", "paused"}
_ON_THE_WAY = {"updating", "rollback_started"}
_FAILED = {"failed", "rejected"}
_GONE = {"complete", "shutdown", "failed", "rejected", "remove", "orphaned"}
# Of a service the engine says the runtime as well. A task that is where it may be stays when only its place changes.
_NOT_COMPARED = {"Runtime", "Placement"}
_N_LOG_LINES = 5


@dataclass(frozen=True)
class ServiceState:
    """How far a service is with its update.

    update : the engine's word for it, empty where nothing had to be changed; n_serving : the tasks that run as the
    service is specified now; n_leaving : those of another specification that have not ended yet; failed : the tasks
    that failed or were refused, the oldest first; obstacle : why a task cannot be started yet.
    """

    name: str
    update: str
    n_wanted: int
    n_serving: int
    n_leaving: int
    failed: list[dict[str, Any]]
    obstacle: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether all of it runs as specified, and nothing else does."""
        return self.update not in _ON_THE_WAY and self.n_serving == self.n_wanted and not self.n_leaving

    def __str__(self) -> str:
        words = f"{self.name}: {self.n_serving} of {self.n_wanted} run"
        words += f", {self.n_leaving} to leave" if self.n_leaving else ""
        words += f" ({self.update.replace('_', ' ')})" if self.update else ""
        return words + (f": {self.obstacle}" if self.obstacle else "")


def list_services(docker: Docker, stack: str) -> list[str]:
    """Return the names of the services of a stack. Raises `DockerFailed`."""
    label = f"label=com.docker.stack.namespace={stack}"
    return docker.read_lines("service", "ls", "--filter", label, "--format", "{{.Name}}")


def list_tasks(docker: Docker, stack: str) -> set[str]:
    """Return the ids of all tasks of a stack, those that have ended too. Raises `DockerFailed`."""
    services = list_services(docker, stack)
    return {task for each in services for task in docker.read_lines("service", "ps", "-q", "--no-trunc", each)}


def wait_until_converged(
    docker: Docker, stack: str, known_tasks: Iterable[str], timeout_seconds: float, report: Callable[[str], None]
) -> None:
    """Return once every service of `stack` runs as it is specified, and nothing else of it does.

    `known_tasks` are those from before: what they died of is not this update's fault. `report` is called with a line
    whenever something has changed. An engine that cannot be asked is asked again: that says nothing about the update.
    Raises `ReleaseFailed`.
    """
    known, deadline, reported = set(known_tasks), time.monotonic() + timeout_seconds, ""
    while True:
        states: list[ServiceState] = []
        try:
            lost = list_lost_nodes(docker)
            states = [read_state(docker, name, known, lost) for name in list_services(docker, stack)]
            line = "; ".join(map(str, states))
        except DockerFailed as error:
            line = str(error).partition("\n")[0]
        if line != reported:
            report(reported := line)
        for state in states:
            _check(docker, state)
        if states and all(state.is_settled for state in states):
            return
        if time.monotonic() > deadline:
            fault = f"Not converged within {timeout_seconds:g} seconds: {reported}."
            raise ReleaseFailed(fault + _quote_failed(docker, states))
        time.sleep(POLL_SECONDS)


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
    obstacles = [task["Status"]["Err"] for task in current if task["Status"].get("Err")]
    return ServiceState(
        name=name,
        update=(service.get("UpdateStatus") or {}).get("State", ""),
        n_wanted=service["Spec"]["Mode"]["Replicated"]["Replicas"],
        n_serving=sum(task["Status"]["State"] == "running" for task in current),
        n_leaving=sum(task not in current and task.get("NodeID") not in lost_nodes for task in active),
        failed=[task for task in tasks if task["Status"]["State"] in _FAILED and task["ID"] not in known_tasks],
        obstacle=obstacles[-1] if obstacles else "",
    )


def _normalize(value: Any, left_out: Collection[str] = _NOT_COMPARED) -> Any:
    """Return a specification without what says nothing: the engine does not write that everywhere alike."""
    if not isinstance(value, dict):
        return value
    said = {name: each for name, each in value.items() if each not in (None, {}, [], "") and name not in left_out}
    return {name: _normalize(each, ()) for name, each in said.items()}


def _check(docker: Docker, state: ServiceState) -> None:
    """Raise `ReleaseFailed` where the update has failed, once all of the service runs as before."""
    if state.update in _ENDED_BADLY and (state.is_settled or state.update != "rollback_completed"):
        ending = "has been rolled back" if state.update == "rollback_completed" else "is stuck"
        raise ReleaseFailed(f"The update of {state.name} failed and {ending}.{_quote_failed(docker, [state])}")
    if not state.update and len(state.failed) >= MAX_FAILED_TASKS:
        raise ReleaseFailed(f"{state.name} does not start.{_quote_failed(docker, [state])}")


def _quote_failed(docker: Docker, states: list[ServiceState]) -> str:
    """Return what the last task that failed died of, and the last lines of its log."""
    failed = [task for state in states for task in state.failed]
    if not failed:
        return ""
    status, lines = failed[-1]["Status"], docker.read_last_lines(failed[-1]["ID"], _N_LOG_LINES)
    reason = status.get("Err") or status.get("Message") or "it does not say why"
    return "\n".join([f" Its last task: {reason}.", *(f"  {line}" for line in lines)])
