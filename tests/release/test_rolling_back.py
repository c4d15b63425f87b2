from __future__ import annotations

import pytest

from release import rolling
from tests.release.engine_answers import build_service, write
from tests.release.rollouts import FIRST, SECOND, SERVES_ON, Rollout, name_fault
from tests.release.scripted_docker import Refusal
from tests.release.scripted_swarm import SERVICE, STACK


@pytest.fixture
def rollout(monkeypatch: pytest.MonkeyPatch) -> Rollout:
    """Return an engine that has nothing yet."""
    return Rollout(monkeypatch)


def test_goes_back_where_the_smoke_test_fails(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.failing.append(SECOND.name)
    assert rollout.explain(SECOND) == f"{name_fault(SECOND)}\n{SERVES_ON}"
    assert (rollout.swarm.served, list(rollout.swarm.configs)) == (FIRST.name, [FIRST.name])
    assert rollout.told[-4:-2] == [name_fault(SECOND), f"Going back to release {FIRST.name}."]


def test_goes_back_where_docker_fails(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.swarm.script["stack deploy"] = [Refusal("no"), rollout.swarm.script["stack deploy"]]
    assert rollout.explain(SECOND).endswith(f" {STACK}' failed: no\n{SERVES_ON}")


def test_quotes_the_log_of_a_failure_once(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.swarm.script["stack deploy"] = [Refusal("no\nlast words"), rollout.swarm.script["stack deploy"]]
    assert rollout.explain(SECOND).endswith(f"' failed: no\nlast words\n{SERVES_ON}")
    assert "last words" not in "".join(rollout.told)


def test_goes_back_where_the_engine_has_given_up(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    as_it_is = rollout.swarm.script["service inspect"]
    rollout.swarm.script["service inspect"] = [as_it_is, write(build_service("paused", 1)), as_it_is]
    reason = f"The update of {SERVICE} failed and is stuck."
    assert rollout.explain(SECOND) == f"{reason}\n{SERVES_ON}"


def test_says_that_nothing_is_sure_where_the_release_before_fails_too(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.failing += [FIRST.name, SECOND.name]
    assert rollout.explain(SECOND) == (
        f"{name_fault(SECOND)}\nRelease {FIRST.name} was to serve again, but that is not sure: {name_fault(FIRST)}"
    )
    assert list(rollout.swarm.configs) == [FIRST.name, SECOND.name]


def test_says_that_nothing_is_sure_where_the_record_of_the_release_before_cannot_be_read(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.swarm.configs[FIRST.name] = "{}"
    rollout.failing.append(SECOND.name)
    said = rollout.explain(SECOND)
    assert f"\nRelease {FIRST.name} was to serve again, but that is not sure: The record of release" in said
    assert rollout.swarm.served == SECOND.name


def test_the_release_before_serves_on_also_where_the_failed_one_cannot_be_forgotten(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.failing.append(SECOND.name)
    rollout.swarm.script["config rm"] = Refusal("no")
    assert rollout.explain(SECOND).endswith(SERVES_ON)


def test_leaves_nothing_where_a_first_release_fails(rollout: Rollout) -> None:
    rollout.failing.append(FIRST.name)
    assert rollout.explain(FIRST) == (
        f"{name_fault(FIRST)}\nThere was no release before it, so the stack was removed: nothing serves."
    )
    assert (rollout.swarm.served, rollout.swarm.configs) == (None, {})
    assert rollout.swarm.find_commands("stack rm") == [f"stack rm {STACK}"]


def test_waits_until_a_removed_stack_is_gone(rollout: Rollout) -> None:
    rollout.failing.append(FIRST.name)
    rollout.swarm.script["network ls"] = ["network\n", "network\n", ""]
    rollout.explain(FIRST)
    command = f"network ls -q --filter label=com.docker.stack.namespace={STACK}"
    assert rollout.swarm.find_commands("network ls") == [command] * 3


@pytest.mark.parametrize("command", ["stack rm", "network ls", "secret ls", "secret rm", "config ls", "config rm"])
def test_leaves_nothing_also_where_docker_fails_meanwhile(rollout: Rollout, command: str) -> None:
    rollout.swarm.secrets["key"] = "SECRET"
    rollout.failing.append(FIRST.name)
    no = Refusal("connection reset")
    rollout.swarm.script[command] = [no, no, rollout.swarm.script[command]]
    assert rollout.explain(FIRST).endswith("so the stack was removed: nothing serves.")
    assert (rollout.swarm.served, rollout.swarm.secrets, rollout.swarm.configs) == (None, {}, {})


def test_leaves_no_secret_where_a_first_release_fails(rollout: Rollout) -> None:
    rollout.swarm.secrets["certificate"] = rollout.swarm.secrets["key"] = "SECRET"
    rollout.failing.append(FIRST.name)
    rollout.explain(FIRST)
    assert rollout.swarm.secrets == {}
    assert rollout.swarm.find_commands("secret ls") == [f"secret ls -q --filter label=ml-service.stack={STACK}"]


@pytest.mark.parametrize(("command", "answer"), [("network ls", "network\n"), ("service ls", ["", f"{SERVICE}\n"])])
def test_says_that_a_removed_stack_does_not_go(
    rollout: Rollout, command: str, answer: str | list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "_REMOVAL_TIMEOUT_SECONDS", 0)
    rollout.failing.append(FIRST.name)
    rollout.swarm.script[command] = answer
    assert rollout.explain(FIRST) == (
        f"{name_fault(FIRST)}\nThere was no release before it, and it is not sure that all of this one was removed: "
        f"'docker stack rm {STACK}' failed: what it ran is still there"
    )


@pytest.mark.parametrize("command", ["config inspect", "service ps", "stack deploy"])
def test_goes_back_also_where_docker_fails_twice_meanwhile(rollout: Rollout, command: str) -> None:
    rollout.swarm.serve(FIRST)
    rollout.failing.append(SECOND.name)
    as_it_is, no = rollout.swarm.script[command], Refusal("connection reset")
    n_before = {"config inspect": 0}.get(command, 1)
    rollout.swarm.script[command] = [*[as_it_is] * n_before, no, no, as_it_is]
    if command == "service ps":
        rollout.swarm.script[f"{command} -q --no-trunc"] = as_it_is
    assert rollout.explain(SECOND) == f"{name_fault(SECOND)}\n{SERVES_ON}"
    assert [line.startswith("Once more: ") for line in rollout.told].count(True) == 2


def test_is_not_sure_what_serves_where_docker_fails_for_good(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.failing.append(SECOND.name)
    rollout.swarm.script["config inspect"] = Refusal("connection reset")
    assert "is not sure: The record of release" in rollout.explain(SECOND)
    assert len(rollout.swarm.find_commands("config inspect")) == 3


def test_tries_no_release_twice_that_fails_the_smoke_test(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.failing += [FIRST.name, SECOND.name]
    rollout.explain(SECOND)
    assert len(rollout.swarm.deployed) == 2
