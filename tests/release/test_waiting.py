from __future__ import annotations

import pytest

from release import waiting
from release.waiting import list_services, list_tasks
from tests.release.engine_answers import OLD, build_service, build_task, write
from tests.release.polls import BOTH_RUN, FAILED, build_docker, wait
from tests.release.scripted_docker import ScriptedDocker


@pytest.fixture(autouse=True)
def _asks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0)


def test_a_first_deployment_is_over_when_all_replicas_run() -> None:
    docker = build_docker(
        (build_service(), []),
        (build_service(), [build_task("1", "starting"), build_task("2", "preparing")]),
        (build_service(), [build_task("1"), build_task("2", "starting")]),
        (build_service(), BOTH_RUN),
    )
    assert wait(docker) == ["web: 0 of 2 run", "web: 1 of 2 run", "web: 2 of 2 run"]


def test_an_update_is_over_when_nothing_old_is_left() -> None:
    old = [build_task("1", specified=OLD), build_task("2", specified=OLD)]
    leaving = build_task("2", "running", "shutdown", specified=OLD)
    docker = build_docker(
        (build_service(), old),
        (build_service("updating"), [*old, build_task("3", "starting")]),
        (build_service("updating"), [leaving, build_task("3"), build_task("4")]),
        (build_service("completed"), [leaving, build_task("3"), build_task("4")]),
        (build_service("completed"), [build_task("2", "shutdown", "shutdown"), build_task("3"), build_task("4")]),
    )
    assert wait(docker) == [
        "web: 0 of 2 run, 2 to leave",
        "web: 0 of 2 run, 2 to leave (updating)",
        "web: 2 of 2 run, 1 to leave (updating)",
        "web: 2 of 2 run, 1 to leave (completed)",
        "web: 2 of 2 run (completed)",
    ]


def test_does_not_wait_for_tasks_on_machines_that_are_gone() -> None:
    leaving = {**build_task("9", "running", "shutdown", specified=OLD), "NodeID": "gone"}
    docker = build_docker((build_service("completed"), [leaving, *BOTH_RUN]))
    docker.script["node ls"] = ["node Ready\ngone Ready\n", "node Ready\ngone Down\n"]
    assert wait(docker) == ["web: 2 of 2 run, 1 to leave (completed)", "web: 2 of 2 run (completed)"]


def test_tells_what_keeps_a_task_from_starting() -> None:
    pending = build_task("2", "pending", status={"Err": "no suitable node (insufficient resources on 1 node)"})
    docker = build_docker((build_service("updating"), [build_task("1"), pending]), (build_service(), BOTH_RUN))
    assert wait(docker) == [
        "web: 1 of 2 run (updating): no suitable node (insufficient resources on 1 node)",
        "web: 2 of 2 run",
    ]


def test_an_update_is_not_over_while_the_engine_watches_it() -> None:
    docker = build_docker((build_service("updating"), BOTH_RUN), (build_service("completed"), BOTH_RUN))
    assert wait(docker)[-1] == "web: 2 of 2 run (completed)"


def test_a_deployment_that_changes_nothing_is_over_at_once() -> None:
    assert wait(build_docker((build_service(), BOTH_RUN)), timeout_seconds=0) == ["web: 2 of 2 run"]


def test_waits_for_every_service() -> None:
    docker = ScriptedDocker(service_ls="web\nnginx\n", node_ls="node Ready\n")
    for name, tasks in {"web": [write(*BOTH_RUN)], "nginx": [write(), write(build_task("3"))]}.items():
        n_wanted = 2 if name == "web" else 1
        docker.script[f"inspect --type service {name}"] = write(build_service("completed", n_wanted=n_wanted))
        docker.script[f"service ps -q --no-trunc {name}"] = f"of-{name}"
        docker.script[f"inspect --type task of-{name}"] = tasks
    assert wait(docker) == [
        "web: 2 of 2 run (completed); nginx: 0 of 1 run (completed)",
        "web: 2 of 2 run (completed); nginx: 1 of 1 run (completed)",
    ]


def test_is_not_over_while_there_is_no_service() -> None:
    docker = build_docker((build_service(), BOTH_RUN))
    docker.script["service ls"] = ["", "", "web"]
    assert wait(docker) == ["web: 2 of 2 run"]


def test_does_not_blame_a_deployment_for_tasks_that_failed_before_it() -> None:
    docker = build_docker((build_service(), FAILED), (build_service(), [*FAILED, *BOTH_RUN]))
    assert wait(docker, known_tasks=["4", "5", "6"]) == ["web: 0 of 2 run", "web: 2 of 2 run"]


def test_lists_the_services_of_a_stack_alone() -> None:
    docker = ScriptedDocker(service_ls="stack_web\nstack_nginx\n")
    assert list_services(docker, "stack") == ["stack_web", "stack_nginx"]
    label = "--filter label=com.docker.stack.namespace=stack"
    assert docker.commands == [f"service ls {label} --format {{{{.Name}}}}"]


def test_lists_the_tasks_of_all_services() -> None:
    docker = ScriptedDocker(service_ps=["1\n2\n", "3\n"])
    assert list_tasks(docker, "a", "b") == ["1", "2", "3"]
    assert docker.find_commands("service ps") == ["service ps -q --no-trunc a", "service ps -q --no-trunc b"]
