from __future__ import annotations

import re

import pytest

from release import rollback
from release.records import Release
from tests.release.commands import interrupt, refuse_sessions, run, use_docker
from tests.release.rollouts import FIRST, SECOND, Rollout, name_fault
from tests.release.scripted_docker import Refusal
from tests.release.scripted_swarm import REPOSITORY, STACK, build_release

ENVIRON = {
    "DOCKER_HOST": "ssh://deploy@staging.example.com",
    "ENVIRONMENT": "staging",
    "SERVICE_URL": "http://staging.example.com",
}


@pytest.fixture
def rollout(monkeypatch: pytest.MonkeyPatch) -> Rollout:
    """Return an engine that serves the second of two releases."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    rollout = Rollout(monkeypatch)
    rollout.swarm.serve(FIRST, SECOND)
    rollout.swarm.commands.clear()
    use_docker(monkeypatch, rollback, rollout.swarm)
    return rollout


def test_goes_back_to_the_release_before(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, rollback) is None
    assert (rollout.swarm.served, rollout.swarm.variables["IMAGE"]) == (FIRST.name, FIRST.image)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"Back to release {FIRST.name}: {FIRST.image}, version v2."
    assert printed[2] == "The smoke test of http://staging.example.com."
    assert re.fullmatch(r"Rolled back in \d+ s\.", printed[-1])


def test_needs_no_registry(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, rollback)
    assert not rollout.swarm.needs_login


def test_has_the_registry_call_the_image_by_the_environment_again(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, rollback)
    tag = f"{REPOSITORY}:staging"
    assert rollout.swarm.commands[-2:] == [f"tag {FIRST.image} {tag}", f"push {tag}"]


def test_each_further_call_goes_one_further_back(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.serve(build_release(3, SECOND.name))
    run(monkeypatch, rollback)
    run(monkeypatch, rollback)
    assert rollout.swarm.served == FIRST.name
    assert len(rollout.swarm.configs) == 3


def test_does_not_go_back_beyond_the_first_release(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.served = FIRST.name
    assert run(monkeypatch, rollback) == (
        f"Not rolled back. No release before {FIRST.name} has passed the smoke test: there is nothing to go back to."
    )
    assert rollout.swarm.deployed == []


def test_says_that_nothing_was_deployed(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.served = None
    assert run(monkeypatch, rollback) == (f"Not rolled back. There is no stack {STACK} that was deployed from here.")


def test_says_that_nothing_was_deployed_to_an_engine_that_is_in_no_swarm(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollout.swarm.script |= {"info": "inactive\n", "service ls": Refusal("This node is not a swarm manager.")}
    assert run(monkeypatch, rollback) == f"Not rolled back. There is no stack {STACK} that was deployed from here."
    assert rollout.swarm.find_commands("swarm") == []


@pytest.mark.parametrize("release", [FIRST, SECOND])
def test_says_that_a_record_cannot_be_read(rollout: Rollout, monkeypatch: pytest.MonkeyPatch, release: Release) -> None:
    name = release.name
    del rollout.swarm.configs[name]
    assert run(monkeypatch, rollback) == (
        f"Not rolled back. The record of release {name} cannot be read: deploy the image that you want instead. "
        f"('docker config inspect {name}' failed: no such config)"
    )
    assert rollout.swarm.served == SECOND.name


def test_says_that_the_release_before_does_not_serve(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.failing.append(FIRST.name)
    assert run(monkeypatch, rollback) == (
        f"Not rolled back. {name_fault(FIRST)}\n"
        f"The engine has release {FIRST.name} now; another rollback goes back from there. See what it serves first."
    )


def test_says_that_the_engine_has_kept_what_was_to_be_left(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.script["stack deploy"] = Refusal("no")
    assert str(run(monkeypatch, rollback)).endswith(
        f"' failed: no\nThe engine has release {SECOND.name} now; another rollback goes back from there. "
        "See what it serves first."
    )


def test_says_that_it_is_not_known_what_serves(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.script["stack deploy"] = Refusal("gone")
    names = rollout.swarm.script["service ls"]
    rollout.swarm.script["service ls"] = [names, names, Refusal("gone")]
    assert str(run(monkeypatch, rollback)).endswith(
        "\nWhat serves now cannot be found out: 'docker service ls --format {{.Name}}' failed: gone"
    )


def test_passes_over_what_nobody_has_tested(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.serve(build_release(3, SECOND.name), passed=False)
    rollout.swarm.serve(build_release(4, f"{STACK}-3"))
    run(monkeypatch, rollback)
    assert rollout.swarm.served == SECOND.name


def test_says_that_docker_failed(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.script["service ls"] = Refusal("no")
    assert run(monkeypatch, rollback) == "Not rolled back. 'docker service ls --format {{.Name}}' failed: no"


def test_needs_no_more_than_a_target(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_URL", "")
    fault = "SERVICE_URL must be where the service will answer, such as http://staging.example.com"
    assert run(monkeypatch, rollback) == f"Not rolled back. The environment cannot be used: {fault}."


def test_says_that_there_is_no_session(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_sessions(monkeypatch, rollback)
    assert run(monkeypatch, rollback) == "Not rolled back. No user."


def test_says_what_an_interruption_leaves(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.script["stack deploy"] = interrupt
    assert run(monkeypatch, rollback) == "Interrupted. The engine goes on with what it was given."
