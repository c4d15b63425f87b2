"""The wait until the engine serves what was asked for, or has gone back to what was before."""

import time
from collections.abc import Collection
from typing import Any, NamedTuple

from release.docker import Docker, DockerFailed, ReleaseFailed

POLL_SECONDS = 1.0
MAX_FAILED_TASKS = 3  # an engine that has nothing to go back to tries for ever; so many are no accident

_ENDINGS = {"rollback_completed": "has been rolled back", "rollback_paused": "is stuck", "paused": "is stuck"}
_GONE = {"complete", "shutdown", "failed", "rejected", "remove", "orphaned"}
# Of a service the engine says the runtime as well. A task that is where it may be stays when only its place changes.
_NOT_COMPARED = {"Runtime": None, "Placement": None}


class ServiceState(NamedTuple):
    """How far a service is with its update: `update` is the engine's word for it, empty where nothing had to change."""

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
        is_done = self.update not in ("updating", "rollback_started") and not self.n_leaving
        return is_done and self.n_serving == self.n_wanted

    def __str__(self) -> str:
        leaving = f", {self.n_leaving} to leave" if self.n_leaving else ""
        update = f" ({self.update.replace('_', ' ')})" if self.update else ""
        obstacle = f": {self.obstacle}" if self.obstacle else ""
        return f"{self.name}: {self.n_serving} of {self.n_wanted} run{leaving}{update}{obstacle}"


def list_services(docker: Docker, stack: str) -> list[str]:
    """Return the names of the services of a stack. Raises `DockerFailed`."""
    label = f"label=com.docker.stack.namespace={stack}"
    return docker.read_lines("service", "ls", "--filter", label, "--format", "{{.Name}}")


def list_tasks(docker: Docker, *services: str) -> list[str]:
    """Return the ids of all tasks of services, those that have ended too. Raises `DockerFailed`."""
    return [task for each in services for task in docker.read_lines("service", "ps", "-q", "--no-trunc", each)]


def wait_until_converged(docker: Docker, stack: str, known_tasks: Collection[str], timeout_seconds: float) -> None:
    """Return once all of `stack` runs as specified; what `known_tasks` died of is no fault. Raises `ReleaseFailed`."""
    deadline, printed = time.monotonic() + timeout_seconds, ""
    while True:
        states: list[ServiceState] = []
        try:
            states = [read_state(docker, name, known_tasks) for name in list_services(docker, stack)]
            line = "; ".join(map(str, states))
        except DockerFailed as error:  # is asked again: that the engine cannot be asked says nothing about the update
            line = str(error).partition("\n")[0]
        if line != printed:
            print(printed := line)
        faulty = [state for state in states if _find_fault(state)]
        if states and not faulty and all(state.is_settled for state in states):
            return
        if faulty or time.monotonic() > deadline:
            why = _find_fault(faulty[0]) if faulty else f"Not converged within {timeout_seconds:g} seconds: {printed}."
            failed = [task for state in faulty[:1] or states for task in state.failed]
            raise ReleaseFailed(why + _quote_failed(docker, failed))
        time.sleep(POLL_SECONDS)


def read_state(docker: Docker, name: str, known_tasks: Collection[str] = ()) -> ServiceState:
    """Return how far the service `name` is. Raises `DockerFailed`."""
    # Of tasks on machines that do not answer nobody knows whether they have ended; they are not waited for.
    nodes = map(str.split, docker.read_lines("node", "ls", "--format", "{{.ID}} {{.Status}}"))
    lost = {node for node, status in nodes if status != "Ready"}
    (service,) = docker.inspect("service", name)
    ids = list_tasks(docker, name)
    tasks = sorted(ids and docker.inspect("task", *ids), key=lambda task: str(task["CreatedAt"]))
    specified = service["Spec"]["TaskTemplate"] | _NOT_COMPARED
    active = [task for task in tasks if task["Status"]["State"] not in _GONE]
    current = [it for it in active if it["DesiredState"] == "running" and it["Spec"] | _NOT_COMPARED == specified]
    failed = [task for task in tasks if task["Status"]["State"] in ("failed", "rejected")]
    return ServiceState(
        name,
        service.get("UpdateStatus", {}).get("State", ""),
        service["Spec"]["Mode"]["Replicated"]["Replicas"],
        n_serving=sum(task["Status"]["State"] == "running" for task in current),
        n_leaving=sum(task not in current and task.get("NodeID") not in lost for task in active),
        failed=[task for task in failed if task["ID"] not in known_tasks],
        obstacle=next((task["Status"]["Err"] for task in current[::-1] if "Err" in task["Status"]), ""),
    )


def _find_fault(state: ServiceState) -> str:
    """Return how the update has failed, once all of the service runs as before."""
    if state.update in _ENDINGS and (state.is_settled or state.update != "rollback_completed"):
        return f"The update of {state.name} failed and {_ENDINGS[state.update]}."
    return f"{state.name} does not start." if not state.update and len(state.failed) >= MAX_FAILED_TASKS else ""


def _quote_failed(docker: Docker, failed: list[dict[str, Any]]) -> str:
    if not failed:
        return ""
    status = failed[-1]["Status"]
    try:
        lines = docker.read_lines("service", "logs", "--raw", "--tail", "5", failed[-1]["ID"])
    except DockerFailed:
        lines = []
    reason = status.get("Err") or status.get("Message") or "it does not say why"
    return "\n  ".join([f" Its last task: {reason}.", *lines])
