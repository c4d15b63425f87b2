from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from release import deploy
from tests.release.commands import interrupt, refuse_sessions, run, use_docker
from tests.release.rollouts import Rollout
from tests.release.scripted_docker import Refusal
from tests.release.scripted_service import EXPECTATION
from tests.release.scripted_swarm import REPOSITORY, STACK, build_release

IMAGE = f"{REPOSITORY}@sha256:{'0' * 64}"
ENVIRON = {
    "DOCKER_HOST": "ssh://deploy@staging.example.com",
    "ENVIRONMENT": "staging",
    "SERVICE_URL": "http://staging.example.com",
    "IMAGE": IMAGE,
}


@pytest.fixture
def rollout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Rollout:
    """Return an engine that has nothing yet, to which the environment says to deploy."""
    golden = EXPECTATION.to_json()
    version = tmp_path / golden.pop("model_version")
    version.mkdir()
    (version / "metadata.json").write_text(json.dumps({"version": version.name}))
    (version / "golden.json").write_text(json.dumps(golden))
    for name, value in {**ENVIRON, "ARTIFACT_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    rollout = Rollout(monkeypatch)
    use_docker(monkeypatch, deploy, rollout.swarm)
    return rollout


def fail(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the sentence with which a deployment ends badly."""
    said = run(monkeypatch, deploy)
    assert isinstance(said, str)
    return said


def test_deploys_what_the_environment_says(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPLICAS", "3")
    assert run(monkeypatch, deploy) is None
    assert (rollout.swarm.variables["IMAGE"], rollout.swarm.variables["REPLICAS"]) == (IMAGE, "3")
    printed = capsys.readouterr().out.splitlines()
    assert printed[:-1] == [
        f"Release {rollout.swarm.served}: {IMAGE}, version v2.",
        f"{STACK}_ml-service: 1 of 1 run",
        "The smoke test of http://staging.example.com.",
    ]
    assert re.fullmatch(r"Deployed to staging in \d+ s\.", printed[-1])


def test_begins_with_the_engine_and_ends_with_the_name_of_the_image(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, deploy)
    assert [rollout.swarm.commands[index] for index in (0, -1)] == ["version", f"push {REPOSITORY}:staging"]


def test_deploys_no_image_with_another_version(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.baked = "v1"
    assert fail(monkeypatch).startswith(f"Not deployed. {IMAGE} has version v1 in it, but the artifacts here are of")
    assert (rollout.swarm.served, rollout.swarm.configs, rollout.swarm.secrets) == (None, {}, {})


def test_goes_back_to_what_came_while_the_image_was_fetched(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    other = build_release(7)

    def be_overtaken(arguments: tuple[str, ...], stdin: str) -> str:
        rollout.swarm.serve(other)
        return ""

    rollout.swarm.script["pull"] = be_overtaken
    run(monkeypatch, deploy)
    assert [json.loads(text)["previous"] for text in rollout.swarm.configs.values()] == [None, other.name]


def test_is_deployed_whatever_the_registry_calls_it(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rollout.swarm.script["push"] = Refusal("denied")
    assert run(monkeypatch, deploy) is None
    deployed, not_called = capsys.readouterr().out.splitlines()[-2:]
    assert deployed.startswith("Deployed to staging in ")
    assert not_called.startswith("The registry does not call it ")


def test_keeps_no_more_rows_than_an_engine_takes(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "_MAX_EXPECTATION_BYTES", 1)
    monkeypatch.setattr("release.rolling.check_service", lambda url, expectation: None)
    assert run(monkeypatch, deploy) is None
    (record,) = map(json.loads, rollout.swarm.configs.values())
    assert [len(record["expectation"][name]) for name in ("instances", "labels", "probabilities")] == [1, 1, 1]


def test_replaces_the_release_that_serves(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, deploy)
    first = rollout.swarm.served
    run(monkeypatch, deploy)
    assert rollout.swarm.served != first
    assert [json.loads(text)["previous"] for text in rollout.swarm.configs.values()] == [None, first]


def test_goes_back_beyond_what_an_interrupted_deployment_has_left(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, deploy)
    tested = rollout.swarm.served
    rollout.swarm.script["service ps"] = [rollout.swarm.script["service ps"], interrupt, "01\n"]
    fail(monkeypatch)
    assert rollout.swarm.served != tested
    monkeypatch.setattr(rollout.swarm, "served", left := rollout.swarm.served)
    rollout.swarm.script["stack deploy"] = [Refusal("no"), rollout.swarm.script["stack deploy"]]
    assert f"\nRelease {tested} serves on: " in fail(monkeypatch)
    assert rollout.swarm.served == tested != left


def test_speaks_to_docker_in_the_environment_of_the_command(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, deploy)
    assert rollout.swarm.environment["DOCKER_HOST"] == "ssh://deploy@staging.example.com"
    assert rollout.swarm.needs_login


def test_says_what_is_wrong_with_the_environment(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "")
    fault = "ENVIRONMENT must be up to 20 small letters, digits or '-', such as staging"
    assert fail(monkeypatch) == f"Not deployed. The environment cannot be used: {fault}."
    assert rollout.swarm.commands == []


def test_says_that_there_is_no_session(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_sessions(monkeypatch, deploy)
    assert fail(monkeypatch) == "Not deployed. No user."


def test_asks_nothing_of_the_engine_where_it_is_not_known_what_is_to_be_answered(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARTIFACT_DIR", str(tmp_path / "none"))
    assert fail(monkeypatch) == (
        f"Not deployed. No version is published in {tmp_path}/none: publish one with 'make train', or name another "
        "folder by ARTIFACT_DIR."
    )
    assert rollout.swarm.commands == []


@pytest.mark.parametrize(
    ("command", "answer", "reason"),
    [
        ("version", Refusal("no engine"), "'docker version' failed: no engine"),
        ("info", "active false", "The engine is in a swarm that it does not manage: name a manager with DOCKER_HOST."),
    ],
)
def test_says_that_the_engine_cannot_be_used(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch, command: str, answer: str, reason: str
) -> None:
    rollout.swarm.script[command] = answer
    assert fail(monkeypatch) == f"Not deployed. {reason}"
    assert rollout.swarm.configs == {}


def test_touches_no_stack_that_somebody_else_has_made(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.served = "somebody's"
    rollout.swarm.script["service inspect"] = json.dumps([{"Spec": {"Labels": {}}}])
    assert fail(monkeypatch) == (
        f"Not deployed. The stack {STACK} was not deployed from here: remove it ('docker stack rm') first."
    )


def test_says_that_a_file_cannot_be_read(rollout: Rollout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("release.stack.FOLDER", tmp_path)
    assert fail(monkeypatch) == (f"Not deployed. [Errno 2] No such file or directory: '{tmp_path}/stack.yml'")


def test_says_what_serves_where_a_release_does_not(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.script["stack deploy"] = Refusal("no")
    assert re.fullmatch(
        rf"Not deployed\. 'docker stack deploy \S.+ {STACK}' failed: no\n"
        r"There was no release before it, so the stack was removed: nothing serves\.",
        fail(monkeypatch),
    )


def test_is_deployed_also_where_the_registry_does_not_take_the_name(
    rollout: Rollout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rollout.swarm.script["push"] = Refusal("denied")
    assert run(monkeypatch, deploy) is None
    tag = f"{REPOSITORY}:staging"
    assert f"\nThe registry does not call it {tag}: 'docker push {tag}' failed: denied\n" in capsys.readouterr().out


def test_says_what_an_interruption_leaves(rollout: Rollout, monkeypatch: pytest.MonkeyPatch) -> None:
    rollout.swarm.script["stack deploy"] = interrupt
    assert fail(monkeypatch) == ("Interrupted. The engine goes on with what it was given: deploy again, or roll back.")
