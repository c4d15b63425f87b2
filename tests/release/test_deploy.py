from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from release import deploy
from release.deploy import roll_out
from release.docker import ReleaseFailed
from release.stack import Release, build_next, read_record
from release.target import Target
from tests.release.commands import interrupt, refuse_sessions, run, use_docker
from tests.release.engine_answers import build_service, build_task, write
from tests.release.polls import FAILED
from tests.release.scripted_docker import CheckFailure, Refusal
from tests.release.scripted_swarm import IMAGE, REPOSITORY, SERVICE, STACK, ScriptedSwarm, build_release, name_fault

TARGET = Target("staging", "http://staging.example.com", 60.0)
FIRST, SECOND, OTHER = (build_release(number) for number in (1, 2, 3))
SERVES_ON = f"Release {FIRST.name} serves on: {FIRST.image}, version v2."
REMOVED = "There was no release before it, so the stack was removed: nothing serves."
OVERTAKEN = f"Somebody else has deployed or rolled back during release {SECOND.name}: "


def deploy_release(swarm: ScriptedSwarm, release: Release, target: Target = TARGET) -> list[str]:
    """Roll out `release` after what serves, and return what was printed meanwhile."""
    before = read_record(swarm, STACK)
    with redirect_stdout(io.StringIO()) as printed:
        roll_out(swarm, target, build_next(before, release), before)
    return printed.getvalue().splitlines()


def explain(swarm: ScriptedSwarm, release: Release = SECOND, target: Target = TARGET) -> str:
    """Return why `release` cannot be rolled out after what serves."""
    with pytest.raises(ReleaseFailed) as failed:
        deploy_release(swarm, release, target)
    return str(failed.value)


@pytest.fixture
def command(swarm: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ScriptedSwarm:
    """Return the engine that the environment says to deploy to."""
    (tmp_path / "v2").mkdir()
    environ = {"DOCKER_HOST": "ssh://deploy@staging", "ENVIRONMENT": "staging", "SERVICE_URL": TARGET.service_url}
    for name, value in {**environ, "IMAGE": IMAGE, "ARTIFACT_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    use_docker(monkeypatch, deploy, swarm)
    return swarm


def test_deploys_what_the_environment_says(
    command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THREADS", "3")
    assert run(monkeypatch, deploy) is None
    record = read_record(command, STACK)
    assert record and record.is_passed and record.release.variables == {"THREADS": "3"}
    assert (command.commands[0], command.needs_login) == ("version", True)
    printed = capsys.readouterr().out.splitlines()
    assert printed[:-1] == [
        f"Release {command.served}: {IMAGE}, version v2.",
        f"{SERVICE}: 1 of 1 run",
        "The smoke test of http://staging.example.com.",
    ]
    assert re.fullmatch(r"Deployed to staging in \d+ s\.", printed[-1])
    tag = f"{REPOSITORY}:staging"
    assert [each for each in command.commands if tag in each] == [f"tag {IMAGE} {tag}", f"push {tag}"]


def test_is_deployed_whatever_the_registry_calls_it(
    command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command.script["push"] = Refusal("denied")
    assert run(monkeypatch, deploy) is None
    reason = f"'docker push {REPOSITORY}:staging' failed: denied"
    assert capsys.readouterr().out.splitlines()[-1] == f"The registry does not call it staging: {reason}"


def test_an_image_with_another_version_touches_nothing(command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    command.baked = "v1"
    assert str(run(monkeypatch, deploy)).startswith(f"Not deployed. {IMAGE} has version v1 in it, but the artifacts")
    assert (command.served, command.secrets, command.find_commands("stack")) == (None, {}, [])


@pytest.mark.parametrize(
    ("asked", "answer", "reason"),
    [
        ("version", Refusal("no engine"), "'docker version' failed: no engine"),
        ("info", "active false", "The engine is in a swarm that it does not manage: name a manager with DOCKER_HOST."),
    ],
)
def test_says_that_the_engine_cannot_be_used(
    command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch, asked: str, answer: str, reason: str
) -> None:
    command.script[asked] = answer
    assert run(monkeypatch, deploy) == f"Not deployed. {reason}"


def test_makes_a_swarm_that_no_other_machine_can_join_where_there_is_none(
    command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    makes_swarm = "swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377"
    command.script |= {"info": "inactive false\n", "swarm init": Refusal("address already in use")}
    assert run(monkeypatch, deploy) == f"Not deployed. 'docker {makes_swarm}' failed: address already in use"
    command.script["swarm init"] = ""
    assert run(monkeypatch, deploy) is None
    command.script["info"] = "active true\n"
    assert run(monkeypatch, deploy) is None
    assert command.find_commands("swarm") == [makes_swarm] * 2


def test_touches_no_stack_that_somebody_else_has_made(command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    command.labels = {"ml-service.release": "somebody's"}
    assert str(run(monkeypatch, deploy)).startswith(f"Not deployed. The stack {STACK} was not deployed from here: ")
    assert command.deployed == []


def test_says_what_is_wrong_with_the_environment(command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "")
    assert str(run(monkeypatch, deploy)).startswith("Not deployed. The environment cannot be used: ENVIRONMENT must")
    assert command.commands == []


def test_says_that_there_is_no_session(command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_sessions(monkeypatch, deploy)
    assert run(monkeypatch, deploy) == "Not deployed. No user."


def test_goes_back_beyond_what_an_interrupted_deployment_has_left(
    command: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, deploy)
    tested = command.served
    command.script["run"] = interrupt
    assert run(monkeypatch, deploy) == (
        "Interrupted. The engine goes on with what it was given: deploy again, or roll back."
    )
    assert command.served != tested
    command.script["run"] = ""
    command.script["stack deploy"] = [Refusal("no"), command.script["stack deploy"]]
    assert f"\nRelease {tested} serves on: " in str(run(monkeypatch, deploy))
    assert command.served == tested


def test_a_first_release_that_fails_leaves_nothing(swarm: ScriptedSwarm) -> None:
    swarm.secrets["key"] = "SECRET"
    swarm.failing.add(FIRST.name)
    assert explain(swarm, FIRST) == f"{name_fault(FIRST)}\n{REMOVED}"
    assert (swarm.served, swarm.secrets) == (None, {})


@pytest.mark.parametrize("command", ["stack rm", "network ls", "secret ls", "secret rm"])
def test_leaves_nothing_also_where_docker_fails_meanwhile(swarm: ScriptedSwarm, command: str) -> None:
    swarm.secrets["key"] = "SECRET"
    swarm.failing.add(FIRST.name)
    no = Refusal("connection reset")
    swarm.script[command] = [no, no, swarm.script[command]]
    assert explain(swarm, FIRST).endswith(REMOVED)
    assert (swarm.served, swarm.secrets) == (None, {})


def test_says_that_a_removed_stack_does_not_go(swarm: ScriptedSwarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy, "_N_REMOVALS", 2)
    swarm.failing.add(FIRST.name)
    swarm.script["network ls"] = "network\n"
    assert explain(swarm, FIRST).endswith(
        "There was no release before it, and it is not sure that all of this one was removed: "
        f"'docker stack rm {STACK}' failed: what it ran is still there"
    )


def test_goes_back_where_the_smoke_test_fails(swarm: ScriptedSwarm, capsys: pytest.CaptureFixture[str]) -> None:
    swarm.serve(FIRST)
    before = read_record(swarm, STACK)
    swarm.failing.add(SECOND.name)
    with pytest.raises(ReleaseFailed, match=re.escape(f"{name_fault(SECOND)}\n{SERVES_ON}")):
        roll_out(swarm, TARGET, build_next(before, SECOND), before)
    printed = capsys.readouterr().out.splitlines()
    assert printed[-4:-2] == [name_fault(SECOND), f"Going back to release {FIRST.name}."]
    assert read_record(swarm, STACK) == before


def test_goes_back_where_the_engine_has_given_up(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    as_it_is = swarm.script["inspect --type service"]
    stuck = build_service("paused", 1)
    swarm.script["inspect --type service"] = [as_it_is, as_it_is, write(stuck), as_it_is]
    assert explain(swarm) == f"The update of {SERVICE} failed and is stuck.\n{SERVES_ON}"


def test_quotes_the_log_of_a_failure_once(swarm: ScriptedSwarm, capsys: pytest.CaptureFixture[str]) -> None:
    swarm.serve(FIRST)
    before = read_record(swarm, STACK)
    swarm.script["stack deploy"] = [Refusal("no\nlast words"), swarm.script["stack deploy"]]
    with pytest.raises(ReleaseFailed, match=re.escape(f" {STACK}' failed: no\nlast words\n{SERVES_ON}")):
        roll_out(swarm, TARGET, build_next(before, SECOND), before)
    assert "last words" not in capsys.readouterr().out


def test_a_container_that_does_not_run_is_no_failing_smoke_test(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    swarm.script["run"] = [Refusal("no space"), ""]
    assert re.search(r"^'docker run .* flask smoke \S+' failed: no space\n", explain(swarm))


@pytest.mark.parametrize("command", ["pull", "service ps", "stack deploy", "run"])
def test_goes_back_also_where_docker_fails_twice_meanwhile(
    swarm: ScriptedSwarm, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    swarm.serve(FIRST)
    swarm.failing.add(SECOND.name)
    as_it_is, no = swarm.script[command], Refusal("connection reset")
    swarm.script[command] = [as_it_is, no, no, as_it_is]
    if command == "service ps":
        swarm.script[f"{command} -q --no-trunc"] = [as_it_is, as_it_is, no, no, as_it_is]
    before = read_record(swarm, STACK)
    with pytest.raises(ReleaseFailed, match=re.escape(f"{name_fault(SECOND)}\n{SERVES_ON}")):
        roll_out(swarm, TARGET, build_next(before, SECOND), before)
    assert capsys.readouterr().out.count("\nOnce more: ") == 2


def test_says_that_nothing_is_sure_where_the_release_before_fails_too(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    swarm.failing |= {FIRST.name, SECOND.name}
    assert explain(swarm) == (
        f"{name_fault(SECOND)}\nRelease {FIRST.name} was to serve again, but that is not sure: {name_fault(FIRST)}"
    )
    assert len(swarm.deployed) == 2


def test_is_served_also_where_it_cannot_be_noted_that_it_passed(swarm: ScriptedSwarm) -> None:
    swarm.script["service update"] = Refusal("no space")
    assert deploy_release(swarm, FIRST)[-1].startswith(
        f"Release {FIRST.name} passed, but a rollback will pass it over, as that is not"
    )


@pytest.mark.parametrize("variables", [{}, {"NGINX_IMAGE": "mirror/nginx:2"}])
def test_nginx_is_fetched_before_it_is_needed(swarm: ScriptedSwarm, variables: dict[str, str]) -> None:
    swarm.files["stack.yml"] = "image: ${NGINX_IMAGE:-nginx:1}"
    deploy_release(swarm, FIRST._replace(variables=variables))
    pull = f"pull {variables.get('NGINX_IMAGE', 'nginx:1')}"
    assert swarm.commands.index(pull) < swarm.commands.index(swarm.find_commands("stack deploy")[0])


def test_where_nginx_cannot_be_fetched_nothing_is_replaced(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    swarm.images |= {FIRST.image, SECOND.image, "nginx:1"}
    swarm.files["stack.yml"] = "image: ${NGINX_IMAGE:-nginx:1}"
    swarm.script["pull"] = Refusal("no such host")
    said = explain(swarm, SECOND._replace(variables={"NGINX_IMAGE": "nginx:2"}))
    assert said == f"'docker pull nginx:2' failed: no such host\n{SERVES_ON}"
    assert [each["stack.yml"] for each in swarm.deployed] == [swarm.files["stack.yml"]]
    assert swarm.served == FIRST.name


def test_goes_back_where_nginx_cannot_be_fetched(swarm: ScriptedSwarm) -> None:
    swarm.files["stack.yml"] = "image: ${NGINX_IMAGE:-nginx:1}"
    swarm.serve(FIRST)
    swarm.images |= {FIRST.image, SECOND.image, "nginx:2"}
    swarm.script["pull"] = Refusal("no such host")
    swarm.script["run"] = [CheckFailure("a fault"), ""]
    said = explain(swarm, SECOND._replace(variables={"NGINX_IMAGE": "nginx:2"}))
    assert said == f"a fault\n{SERVES_ON}"
    assert swarm.served == FIRST.name


def test_is_not_blamed_for_what_failed_before_it(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    swarm.script["service ps"] = "4\n5\n6\n"
    swarm.script["inspect --type task"] = [write(*FAILED), write(*FAILED, build_task("7"))]
    deploy_release(swarm, SECOND)
    assert swarm.served == SECOND.name


def test_has_the_time_that_the_target_says(swarm: ScriptedSwarm) -> None:
    swarm.script["inspect --type task"] = "[]"
    fault = explain(swarm, FIRST, TARGET._replace(timeout_seconds=0.01))
    assert fault.startswith(f"Not converged within 0.01 seconds: {SERVICE}: 0 of 1 run.\n")


@pytest.mark.parametrize("is_failing", [False, True])
def test_what_somebody_else_has_deployed_meanwhile_is_left_alone(swarm: ScriptedSwarm, is_failing: bool) -> None:
    swarm.serve(FIRST)
    deploy_stack = swarm.script["stack deploy"]

    def deploy_twice(arguments: tuple[str, ...], stdin: str) -> str:
        deploy_stack(arguments, stdin)  # type: ignore[operator]
        swarm.serve(FIRST, OTHER, is_passed=False)
        return ""

    swarm.script["stack deploy"] = deploy_twice
    swarm.failing |= {OTHER.name} if is_failing else set()
    assert explain(swarm) == f"{OVERTAKEN}release {OTHER.name} is there now."
    assert (swarm.served, swarm.find_commands("service update"), len(swarm.find_commands("stack"))) == (
        OTHER.name,
        [],
        1,
    )


def test_goes_back_over_nothing_that_came_while_the_image_was_fetched(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    tasks = swarm.script["service ps"]

    def be_overtaken(arguments: tuple[str, ...], stdin: str) -> str:
        swarm.serve(FIRST, OTHER)
        return str(tasks)

    swarm.script["service ps"] = be_overtaken
    assert explain(swarm) == f"{OVERTAKEN}release {OTHER.name} is there now."
    assert (swarm.served, swarm.deployed) == (OTHER.name, [])


@pytest.mark.parametrize("serving", [FIRST, None])
def test_a_release_that_is_gone_when_it_has_passed_is_not_said_to_serve(swarm: ScriptedSwarm, serving: object) -> None:
    swarm.serve(FIRST)

    def vanish(arguments: tuple[str, ...], stdin: str) -> str:
        swarm.labels = None
        if serving:
            swarm.serve(FIRST)
        return ""

    swarm.script["run"] = vanish
    there = f"release {FIRST.name} is there now" if serving else "the stack is gone"
    assert explain(swarm) == f"{OVERTAKEN}{there}."


def test_asks_from_the_machine_of_the_engine_and_hands_in_whom_to_trust(swarm: ScriptedSwarm) -> None:
    deploy_release(swarm, FIRST, TARGET._replace(service_url="https://staging.example.com", authority="PEM"))
    (command,) = swarm.find_commands("run")
    strict = "--rm --network host --read-only --cap-drop ALL --security-opt no-new-privileges --no-healthcheck"
    smoke = "flask smoke --authority - https://staging.example.com"
    assert command == f"run --interactive {strict} {FIRST.image} {smoke}"
    assert swarm.stdin[command] == "PEM"
