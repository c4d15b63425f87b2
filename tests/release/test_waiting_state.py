from __future__ import annotations

from typing import Any

import pytest

from release.waiting import ServiceState, read_state
from tests.release.engine_answers import NEW, OLD, build_service, build_task, write
from tests.release.scripted_docker import ScriptedDocker


def read(service: dict[str, Any], *tasks: dict[str, Any], known_tasks: frozenset[str] = frozenset()) -> ServiceState:
    docker = ScriptedDocker(service_ps="1\n", node_ls="node Ready\n")
    docker.script |= {"inspect --type service": write(service), "inspect --type task": write(*tasks)}
    return read_state(docker, "web", set(known_tasks))


def count(*tasks: dict[str, Any]) -> tuple[int, int]:
    """Return how many of `tasks` serve, and how many have to leave."""
    state = read(build_service(), *tasks)
    return state.n_serving, state.n_leaving


def test_reads_a_service_that_was_never_updated() -> None:
    assert read(build_service(n_wanted=1), build_task("1")) == ServiceState("web", "", 1, 1, 0, [])


@pytest.mark.parametrize("status", [None, {}])
def test_reads_a_service_whose_update_has_no_state(status: Any) -> None:
    assert read({**build_service(), "UpdateStatus": status}, build_task("1")).update == ""


@pytest.mark.parametrize("state", ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting"])
def test_a_task_that_is_on_its_way_neither_serves_nor_leaves(state: str) -> None:
    assert count(build_task("1", state)) == (0, 0)


@pytest.mark.parametrize("state", ["complete", "shutdown", "failed", "rejected", "remove", "orphaned"])
def test_a_task_that_has_ended_does_not_count(state: str) -> None:
    assert count(build_task("1", state), build_task("2", state, "shutdown", specified=OLD)) == (0, 0)


def test_a_task_of_another_specification_has_to_leave() -> None:
    assert count(build_task("1", specified=OLD), build_task("2")) == (1, 1)


@pytest.mark.parametrize(
    ("name", "value", "n_serving"),
    [("Resources", {"Limits": {"Pids": 9}}, 0), ("Runtime", "x", 1), ("Placement", {"Constraints": ["x"]}, 1)],
)
def test_a_task_with_other_limits_has_to_leave_as_well(name: str, value: Any, n_serving: int) -> None:
    service = build_service()
    service["Spec"]["TaskTemplate"][name] = value
    state = read(service, build_task("1"))
    assert (state.n_serving, state.n_leaving) == (n_serving, 1 - n_serving)


@pytest.mark.parametrize("desired", ["shutdown", "remove"])
def test_a_task_that_is_told_to_end_has_to_leave(desired: str) -> None:
    assert count(build_task("1", "running", desired)) == (0, 1)


@pytest.mark.parametrize("empty", [None, {}, [], ""])
def test_what_says_nothing_makes_no_difference(empty: Any) -> None:
    specified = {**NEW, "DNSConfig": empty, "Healthcheck": {"Retries": 5, "Test": empty}}
    written_otherwise = {**NEW, "Healthcheck": {"Retries": 5}}
    assert read(build_service(specified=specified), build_task("1", specified=written_otherwise)).n_serving == 1
    assert read(build_service(specified=written_otherwise), build_task("1", specified=specified)).n_serving == 1


@pytest.mark.parametrize("said", [0, False])
def test_a_zero_says_something(said: Any) -> None:
    assert count(build_task("1", specified={**NEW, "ReadOnly": said})) == (0, 1)


def test_keeps_what_failed_since_then_the_oldest_first() -> None:
    tasks = [build_task("3", "failed"), build_task("1", "failed"), build_task("2", "rejected"), build_task("4")]
    state = read(build_service(), *tasks, known_tasks=frozenset({"1"}))
    assert [task["ID"] for task in state.failed] == ["2", "3"]


@pytest.mark.parametrize(
    ("update", "n_serving", "n_leaving", "is_settled"),
    [
        ("", 2, 0, True),
        ("completed", 2, 0, True),
        ("rollback_completed", 2, 0, True),
        ("updating", 2, 0, False),
        ("rollback_started", 2, 0, False),
        ("completed", 1, 0, False),
        ("completed", 3, 0, False),
        ("completed", 2, 1, False),
    ],
)
def test_is_settled_when_all_of_it_and_nothing_else_runs(
    update: str, n_serving: int, n_leaving: int, is_settled: bool
) -> None:
    assert ServiceState("web", update, 2, n_serving, n_leaving, []).is_settled is is_settled
