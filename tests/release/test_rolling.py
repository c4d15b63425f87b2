from __future__ import annotations

from dataclasses import replace

import pytest

from release.docker import DockerFailed
from release.records import MAX_RECORDS
from release.rolling import RolloutFailed, roll_out, tag_image
from tests.release.engine_answers import build_service, build_task, write
from tests.release.polls import FAILED
from tests.release.rollouts import FIRST, SECOND, TARGET, Rollout, name_fault
from tests.release.scripted_docker import Refusal
from tests.release.scripted_swarm import REPOSITORY, SERVICE, STACK, build_release

WITH_NGINX = replace(FIRST, files={"stack.yml": "image: ${NGINX_IMAGE:-nginx:1}"})


@pytest.fixture
def rollout(monkeypatch: pytest.MonkeyPatch) -> Rollout:
    """Return an engine that has nothing yet."""
    return Rollout(monkeypatch)


def test_a_first_release_that_passes_serves(rollout: Rollout) -> None:
    rollout.run(FIRST)
    assert (rollout.swarm.served, list(rollout.swarm.configs)) == (FIRST.name, [FIRST.name])
    assert rollout.told == [f"{SERVICE}: 1 of 1 run", "The smoke test of http://staging.example.com."]


def test_is_noted_to_have_passed(rollout: Rollout) -> None:
    rollout.run(FIRST)
    assert list(rollout.swarm.passed) == [f"{FIRST.name}-passed"]


def test_is_not_noted_to_have_passed_where_it_has_not(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.failing.append(SECOND.name)
    rollout.explain(SECOND)
    assert list(rollout.swarm.passed) == [f"{FIRST.name}-passed"]


def test_serves_also_where_that_cannot_be_noted(rollout: Rollout) -> None:
    rollout.swarm.script["config create --label ml-service.passed"] = Refusal("no space")
    rollout.run(FIRST)
    assert rollout.swarm.served == FIRST.name
    assert rollout.told[-1] == (
        f"Release {FIRST.name} passed, but a rollback will pass it over, as that could not be noted: 'docker config "
        f"create --label ml-service.passed={STACK} {FIRST.name}-passed -' failed: no space"
    )


def test_is_written_down_before_anything_happens(rollout: Rollout) -> None:
    rollout.swarm.script["config create"] = Refusal("no space")
    with pytest.raises(DockerFailed):
        rollout.run(FIRST)
    assert [command.split()[0] for command in rollout.swarm.commands] == ["service", "config"]


def test_nginx_is_fetched_before_it_is_needed(rollout: Rollout) -> None:
    rollout.run(WITH_NGINX)
    commands = [command for command in rollout.swarm.commands if command.startswith(("pull", "stack"))]
    assert [command.split()[:2] for command in commands] == [["pull", "nginx:1"], ["stack", "deploy"]]


def test_serves_also_where_nginx_cannot_be_fetched_beforehand(rollout: Rollout) -> None:
    rollout.swarm.script["pull"] = Refusal("no such host\nat all")
    rollout.run(WITH_NGINX)
    assert rollout.told[0] == "nginx is not fetched beforehand: 'docker pull nginx:1' failed: no such host"
    assert rollout.swarm.served == FIRST.name


def test_is_not_blamed_for_what_failed_before_it(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST)
    rollout.swarm.script["service ps"] = "4\n5\n6\n"
    rollout.swarm.script["inspect --type task"] = [write(*FAILED), write(*FAILED, build_task("7"))]
    rollout.run(SECOND)
    assert rollout.told[:2] == [f"{SERVICE}: 0 of 1 run", f"{SERVICE}: 1 of 1 run"]


def test_has_the_time_that_the_target_says(rollout: Rollout) -> None:
    rollout.swarm.script["inspect --type task"] = "[]"
    with pytest.raises(RolloutFailed, match=r"^Not converged within 0\.01 seconds: \S+: 0 of 1 run\.\n"):
        roll_out(rollout.swarm, replace(TARGET, timeout_seconds=0.01), FIRST, rollout.told.append)


def test_forgets_old_records_when_it_serves(rollout: Rollout) -> None:
    names = rollout.swarm.keep_history(MAX_RECORDS)
    rollout.run(build_release(90, names[-1]))
    assert list(rollout.swarm.configs) == [*names[1:], f"{STACK}-90"]


@pytest.mark.parametrize("command", ["config ls", "config rm", "config inspect"])
def test_serves_also_where_old_records_cannot_be_removed(rollout: Rollout, command: str) -> None:
    names = rollout.swarm.keep_history(MAX_RECORDS)
    rollout.swarm.script[command] = Refusal("no")
    rollout.run(build_release(90, names[-1]))
    assert (rollout.swarm.served, len(rollout.swarm.configs)) == (f"{STACK}-90", MAX_RECORDS + 1)


def test_returns_to_a_release_of_the_past(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST, SECOND)
    rollout.return_to(FIRST)
    assert (rollout.swarm.served, list(rollout.swarm.configs)) == (FIRST.name, [FIRST.name, SECOND.name])


def test_says_why_it_cannot_return(rollout: Rollout) -> None:
    rollout.swarm.serve(FIRST, SECOND)
    rollout.failing.append(FIRST.name)
    with pytest.raises(RolloutFailed) as failed:
        rollout.return_to(FIRST)
    assert str(failed.value) == name_fault(FIRST)


@pytest.mark.parametrize(
    ("command", "answer", "reason"),
    [
        ("stack deploy", Refusal("no"), rf"'docker stack deploy .+ {STACK}' failed: no"),
        ("service inspect", write(build_service("paused", 1)), f"The update of {SERVICE} failed and is stuck\\."),
    ],
)
def test_says_why_the_engine_does_not_return(rollout: Rollout, command: str, answer: str, reason: str) -> None:
    rollout.swarm.serve(FIRST, SECOND)
    rollout.swarm.script[command] = answer
    with pytest.raises(RolloutFailed, match=f"^{reason}$"):
        rollout.return_to(FIRST)


def test_has_the_registry_call_the_image_by_the_environment(rollout: Rollout) -> None:
    tag_image(rollout.swarm, TARGET, FIRST, rollout.told.append)
    tag = f"{REPOSITORY}:staging"
    assert rollout.swarm.commands[1:] == [f"pull {FIRST.image}", f"tag {FIRST.image} {tag}", f"push {tag}"]
    assert rollout.told == []


@pytest.mark.parametrize("command", ["pull", "tag", "push"])
def test_tells_that_an_image_cannot_be_called_so(rollout: Rollout, command: str) -> None:
    rollout.swarm.script[command] = Refusal("denied")
    tag_image(rollout.swarm, TARGET, FIRST, rollout.told.append)
    reason = f"'docker {rollout.swarm.commands[-1]}' failed: denied"
    assert rollout.told == [f"The registry does not call it {REPOSITORY}:staging: {reason}"]
