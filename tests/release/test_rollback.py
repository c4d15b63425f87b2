from __future__ import annotations

import re

import pytest

from release import deploy
from release.stack import read_record
from tests.release.commands import interrupt, refuse_sessions, run, use_docker
from tests.release.scripted_docker import Refusal
from tests.release.scripted_swarm import REPOSITORY, STACK, ScriptedSwarm, build_release, name_fault

FIRST, SECOND, THIRD = (build_release(number) for number in (1, 2, 3))


@pytest.fixture
def engine(swarm: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> ScriptedSwarm:
    """Return an engine that serves the third of three releases."""
    environ = {"ENVIRONMENT": "staging", "SERVICE_URL": "http://staging.example.com", "DOCKER_HOST": "ssh://host"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    swarm.serve(FIRST, SECOND, THIRD)
    use_docker(monkeypatch, deploy, swarm)
    return swarm


def test_goes_back_to_the_release_before(
    engine: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, deploy, "back") is None
    assert (engine.served, engine.variables["IMAGE"]) == (SECOND.name, SECOND.image)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"Back to release {SECOND.name}: {SECOND.image}, version v2."
    assert printed[2] == "The smoke test of http://staging.example.com."
    assert re.fullmatch(r"Rolled back in \d+ s\.", printed[-1])
    assert engine.commands[-1] == f"push {REPOSITORY}:staging"
    assert not engine.needs_login


def test_each_further_call_goes_one_further_back_until_there_is_none(
    engine: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, deploy, "back")
    run(monkeypatch, deploy, "back")
    assert engine.served == FIRST.name
    assert run(monkeypatch, deploy, "back") == (
        f"Not rolled back. No release before {FIRST.name} has passed the smoke test: there is nothing to go back to."
    )


def test_asks_the_registry_for_nothing_that_the_engine_has(
    engine: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.images.add(SECOND.image)
    run(monkeypatch, deploy, "back")
    assert engine.find_commands("pull") == []


def test_says_that_nothing_was_deployed(engine: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.labels = None
    nothing = f"Not rolled back. There is no stack {STACK} that was deployed from here."
    assert run(monkeypatch, deploy, "back") == nothing
    engine.script |= {"info": "inactive false\n", "service ls": Refusal("This node is not a swarm manager.")}
    assert run(monkeypatch, deploy, "back") == nothing
    assert engine.find_commands("swarm") == []


def test_says_that_the_release_before_does_not_serve(engine: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.failing.add(SECOND.name)
    assert run(monkeypatch, deploy, "back") == (
        f"Not rolled back. {name_fault(SECOND)}\n"
        f"The engine has release {SECOND.name} now; another rollback goes back from there. See what it serves first."
    )
    record = read_record(engine, STACK)
    assert record and record.history == (FIRST,)


def test_says_that_it_is_not_known_what_serves(engine: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.script["stack deploy"] = Refusal("gone")
    names = engine.script["service ls"]
    engine.script["service ls"] = [names, names, Refusal("gone")]
    assert str(run(monkeypatch, deploy, "back")).endswith("\nWhat serves now cannot be found out.")


def test_says_what_is_wrong(engine: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.script["service ls"] = Refusal("no")
    assert run(monkeypatch, deploy, "back") == "Not rolled back. 'docker service ls --format {{.Name}}' failed: no"
    refuse_sessions(monkeypatch, deploy)
    assert run(monkeypatch, deploy, "back") == "Not rolled back. No user."
    monkeypatch.setenv("SERVICE_URL", "")
    assert str(run(monkeypatch, deploy, "back")).startswith(
        "Not rolled back. The environment cannot be used: SERVICE_URL"
    )


def test_says_what_an_interruption_leaves(engine: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.script["stack deploy"] = interrupt
    assert run(monkeypatch, deploy, "back") == (
        "Interrupted. The engine goes on with what it was given: deploy again, or roll back."
    )
