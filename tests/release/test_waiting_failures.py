from __future__ import annotations

import re

import pytest

from release import waiting
from tests.release.engine_answers import OLD, build_service, build_task
from tests.release.polls import BOTH_RUN, FAILED, build_docker, explain, wait
from tests.release.scripted_docker import Refusal


@pytest.fixture(autouse=True)
def _asks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0)


def test_waits_until_all_runs_as_before_where_the_engine_goes_back() -> None:
    leaving = build_task("4", "running", "shutdown", specified=OLD)
    docker = build_docker(
        (build_service("rollback_started"), [*BOTH_RUN, FAILED[0]]),
        (build_service("rollback_completed"), [*BOTH_RUN, FAILED[0], leaving]),
        (build_service("rollback_completed"), [*BOTH_RUN, FAILED[0]]),
    )
    assert explain(docker) == (
        "The update of web failed and has been rolled back. Its last task: task: non-zero exit (1).\n"
        "  last words\n  of the task"
    )
    assert len(docker.find_commands("inspect --type service")) == 3


@pytest.mark.parametrize("update", ["paused", "rollback_paused"])
def test_waits_no_longer_where_the_engine_does_not_go_on(update: str) -> None:
    docker = build_docker((build_service(update), [build_task("1", "starting")]))
    assert explain(docker) == "The update of web failed and is stuck."


def test_gives_up_a_first_deployment_after_three_failed_tasks() -> None:
    docker = build_docker(*((build_service(), [*FAILED[:n], build_task("7", "new")]) for n in (0, 1, 2, 3)))
    assert explain(docker) == ("web does not start. Its last task: unhealthy container.\n  last words\n  of the task")
    assert docker.find_commands("service logs") == ["service logs --raw --tail 5 6"]


def test_leaves_failed_tasks_of_an_update_to_the_engine() -> None:
    docker = build_docker((build_service("updating"), FAILED), (build_service("completed"), [*FAILED, *BOTH_RUN]))
    assert wait(docker)[-1] == "web: 2 of 2 run (completed)"


@pytest.mark.parametrize(
    "command", ["node ls", "service ls", "inspect --type service", "service ps", "inspect --type task"]
)
def test_asks_again_where_the_engine_cannot_be_asked(command: str) -> None:
    docker = build_docker((build_service("updating"), BOTH_RUN), (build_service("completed"), BOTH_RUN))
    no = Refusal("connection reset\nby peer")
    answers = docker.script[command]
    answers = answers if isinstance(answers, list) else [answers, answers]
    docker.script[command] = [answers[0], no, no, answers[-1]]
    told = wait(docker)
    assert len(told) == 3
    assert told[1].endswith(" failed: connection reset")
    assert told[2] == "web: 2 of 2 run (completed)"


def test_an_engine_that_cannot_be_asked_ends_nothing_before_its_time() -> None:
    docker = build_docker((build_service(), BOTH_RUN))
    docker.script["node ls"] = Refusal("connection reset")
    said = explain(docker, timeout_seconds=0.01)
    assert re.fullmatch(r"Not converged within 0\.01 seconds: 'docker node ls .+' failed: connection reset\.", said)
    assert len(docker.find_commands("node ls")) > 1


def test_quotes_the_service_that_has_failed_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = {name: build_task(name, "failed", "shutdown", status={"Err": f"{name} died"}) for name in ("web", "nginx")}
    states = {
        "web": waiting.ServiceState("web", "rollback_completed", 1, 1, 0, [failed["web"]]),
        "nginx": waiting.ServiceState("nginx", "completed", 1, 1, 0, [failed["nginx"]]),
    }
    monkeypatch.setattr(waiting, "list_services", lambda docker, stack: list(states))
    monkeypatch.setattr(waiting, "read_state", lambda docker, name, known: states[name])
    docker = build_docker((build_service(), []))
    docker.script["service logs"] = ""
    assert explain(docker) == "The update of web failed and has been rolled back. Its last task: web died."
    states["web"] = states["web"]._replace(update="updating", failed=[])
    said = explain(docker, timeout_seconds=0)
    assert said.startswith("Not converged within 0 seconds: ") and said.endswith("Its last task: nginx died.")


def test_gives_up_when_the_time_is_over() -> None:
    docker = build_docker((build_service("updating"), [build_task("1"), FAILED[1]]))
    docker.script["service logs"] = Refusal("no logs")
    assert explain(docker, timeout_seconds=0) == (
        "Not converged within 0 seconds: web: 1 of 2 run (updating). Its last task: No such image."
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [({"Err": "", "Message": "preparing"}, "preparing"), ({"Message": ""}, "it does not say why")],
)
def test_says_what_it_can_of_a_task_that_does_not_say_what_it_died_of(status: dict[str, str], reason: str) -> None:
    docker = build_docker((build_service("paused"), [build_task("1", "failed", "shutdown", status=status)]))
    docker.script["service logs"] = ""
    assert explain(docker) == f"The update of web failed and is stuck. Its last task: {reason}."
