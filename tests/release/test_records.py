from __future__ import annotations

import base64
import json
from dataclasses import asdict, replace

import pytest

from release.docker import DockerFailed
from release.records import (
    MAX_RECORDS,
    RecordUnreadable,
    find_current,
    forget_old,
    list_records,
    read_release,
    store_release,
)
from tests.release.engine_answers import build_service, write
from tests.release.scripted_docker import Refusal, ScriptedDocker
from tests.release.scripted_swarm import SERVICE, STACK, ScriptedSwarm, build_release

RELEASE = build_release(2, f"{STACK}-1")
RECORD = json.dumps(asdict(RELEASE))


def explain(swarm: ScriptedDocker) -> str:
    with pytest.raises(RecordUnreadable) as refused:
        read_release(swarm, RELEASE.name)
    return str(refused.value)


def write_config(text: str) -> str:
    return json.dumps([{"Spec": {"Data": base64.b64encode(text.encode()).decode()}}])


def test_reads_back_what_it_keeps() -> None:
    swarm = ScriptedSwarm()
    store_release(swarm, RELEASE)
    assert read_release(swarm, RELEASE.name) == RELEASE
    assert swarm.commands[0] == f"config create --label ml-service.stack={STACK} {RELEASE.name} -"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Refusal("no such config"), f"'docker config inspect {RELEASE.name}' failed: no such config"),
        (write_config("{"), "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (write_config(RECORD.replace("v2", "current")), "'model_version' must be the name of a version"),
        (json.dumps([{"Spec": {}}]), "'Data'"),
        (json.dumps([]), "not enough values to unpack (expected 1, got 0)"),
    ],
)
def test_says_that_a_record_cannot_be_read(said: str, reason: str) -> None:
    assert explain(ScriptedDocker(config_inspect=said)) == (
        f"The record of release {RELEASE.name} cannot be read: deploy the image that you want instead. ({reason})"
    )


@pytest.mark.parametrize("text", ["[]", "{}", RECORD.replace('"files"', '"texts"')])
def test_refuses_a_record_of_another_format(text: str) -> None:
    assert "cannot be read: deploy the image" in explain(ScriptedDocker(config_inspect=write_config(text)))


def test_there_is_no_current_release_where_there_is_no_stack() -> None:
    docker = ScriptedDocker(service_ls="ml-service-production_ml-service\n")
    assert find_current(docker, STACK) is None


def test_finds_the_current_release_by_the_label_of_the_service() -> None:
    docker = ScriptedDocker(service_ls=f"other\n{SERVICE}\n", service_inspect=write(build_service()))
    assert find_current(docker, STACK) == "ml-service-staging-2"
    assert docker.commands == ["service ls --format {{.Name}}", f"service inspect {SERVICE}"]


def test_touches_no_stack_that_somebody_else_has_made() -> None:
    service = build_service()
    service["Spec"]["Labels"] = {}
    with pytest.raises(RecordUnreadable) as refused:
        find_current(ScriptedDocker(service_ls=SERVICE, service_inspect=write(service)), STACK)
    assert str(refused.value) == (
        "The stack ml-service-staging was not deployed from here: remove it ('docker stack rm') first."
    )


def test_lists_the_records_of_one_stack_the_oldest_first() -> None:
    docker = ScriptedDocker(config_ls="b\nc\na\n")
    assert list_records(docker, STACK) == ["a", "b", "c"]
    assert docker.commands == [f"config ls --filter label=ml-service.stack={STACK} --format {{{{.Name}}}}"]


def test_forgets_all_but_the_newest_records() -> None:
    swarm = ScriptedSwarm()
    names = swarm.keep_history(MAX_RECORDS + 2)
    forget_old(swarm, STACK)
    assert list(swarm.configs) == names[2:]
    assert swarm.find_commands("config rm") == [f"config rm {' '.join(names[:2])} {names[0]}-passed {names[1]}-passed"]
    assert list(swarm.passed) == [f"{name}-passed" for name in names[2:]]


def test_forgets_old_records_of_what_never_passed() -> None:
    swarm = ScriptedSwarm()
    names = swarm.keep_history(MAX_RECORDS + 1)
    del swarm.passed[f"{names[0]}-passed"]
    forget_old(swarm, STACK)
    assert (list(swarm.configs), len(swarm.passed)) == (names[1:], MAX_RECORDS)


def test_forgets_nothing_where_there_are_few_records() -> None:
    swarm = ScriptedSwarm()
    swarm.keep_history(MAX_RECORDS)
    forget_old(swarm, STACK)
    assert swarm.find_commands("config rm") == []


def test_keeps_what_is_served_and_what_a_rollback_needs_however_old_they_are() -> None:
    swarm = ScriptedSwarm()
    names = swarm.keep_history(MAX_RECORDS + 5)
    swarm.served = names[2]
    forget_old(swarm, STACK)
    assert list(swarm.configs) == [names[1], names[2], *names[5:]]


def test_keeps_a_first_release_that_is_served() -> None:
    swarm = ScriptedSwarm()
    names = swarm.keep_history(MAX_RECORDS + 2)
    swarm.served = names[0]
    forget_old(swarm, STACK)
    assert list(swarm.configs) == [names[0], *names[2:]]


def test_forgets_old_records_where_nothing_is_served() -> None:
    swarm = ScriptedSwarm()
    names = swarm.keep_history(MAX_RECORDS + 1)
    swarm.served = None
    forget_old(swarm, STACK)
    assert list(swarm.configs) == names[1:]


def test_forgets_nothing_where_it_cannot_tell_what_a_rollback_needs() -> None:
    swarm = ScriptedSwarm()
    names = swarm.keep_history(MAX_RECORDS + 1)
    swarm.configs[names[-1]] = "{"
    with pytest.raises(RecordUnreadable):
        forget_old(swarm, STACK)
    assert list(swarm.configs) == names


def test_does_not_hide_that_a_release_cannot_be_kept() -> None:
    with pytest.raises(DockerFailed):
        store_release(ScriptedDocker(config_create=Refusal("no space")), replace(RELEASE, name="a"))
