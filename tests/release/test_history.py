from __future__ import annotations

from dataclasses import replace

import pytest

from release.history import find_release_before, find_safe_return
from release.records import RecordUnreadable, Release, list_passed, mark_passed
from tests.release.scripted_swarm import STACK, ScriptedSwarm, build_release

FIRST = build_release(1)
SECOND = build_release(2, FIRST.name)
THIRD = build_release(3, SECOND.name)


@pytest.fixture
def swarm() -> ScriptedSwarm:
    """Return an engine that has nothing yet."""
    return ScriptedSwarm()


def repeat(release: Release) -> Release:
    """Return another deployment of the same."""
    name = f"{release.name}-again"
    return replace(release, name=name, previous=release.name, variables={**release.variables, "RELEASE": name})


def test_notes_once_what_has_passed(swarm: ScriptedSwarm) -> None:
    for _ in range(2):
        mark_passed(swarm, FIRST)
    assert list_passed(swarm, STACK) == {FIRST.name}
    assert swarm.find_commands("config create") == [
        f"config create --label ml-service.passed={STACK} {FIRST.name}-passed -"
    ]


def test_before_a_first_release_there_is_nothing(swarm: ScriptedSwarm) -> None:
    assert find_safe_return(swarm, STACK) is None


def test_what_serves_and_has_passed_is_safe(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST, SECOND)
    assert find_safe_return(swarm, STACK) == SECOND.name


def test_what_an_interrupted_deployment_has_left_is_not_safe(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    swarm.serve(SECOND, THIRD, passed=False)
    assert find_safe_return(swarm, STACK) == FIRST.name


def test_what_serves_is_better_than_nothing(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST, SECOND, passed=False)
    assert find_safe_return(swarm, STACK) == SECOND.name


@pytest.mark.parametrize("lost", [FIRST, SECOND])
def test_what_serves_is_better_than_what_is_lost(swarm: ScriptedSwarm, lost: Release) -> None:
    swarm.serve(FIRST, SECOND, passed=False)
    del swarm.configs[lost.name]
    assert find_safe_return(swarm, STACK) == SECOND.name


def test_before_the_first_release_there_is_none(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    assert find_release_before(swarm, FIRST.name) is None


def test_the_release_before_is_that_which_was_replaced(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST, SECOND, THIRD)
    assert find_release_before(swarm, THIRD.name) == SECOND


def test_the_release_before_is_none_that_nobody_has_tested(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST)
    swarm.serve(SECOND, passed=False)
    swarm.serve(THIRD)
    assert find_release_before(swarm, THIRD.name) == FIRST


def test_the_release_before_is_not_the_same_once_more(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST, SECOND, repeat(SECOND), repeat(repeat(SECOND)))
    assert find_release_before(swarm, repeat(repeat(SECOND)).name) == FIRST


@pytest.mark.parametrize(
    "change", [{"image": "other"}, {"files": {"stack.yml": ""}}, {"variables": {"THREADS": "2", "RELEASE": "again"}}]
)
def test_the_same_image_deployed_otherwise_is_another_release(swarm: ScriptedSwarm, change: dict[str, object]) -> None:
    changed = replace(repeat(SECOND), **change)  # type: ignore[arg-type]
    swarm.serve(FIRST, SECOND, changed)
    assert find_release_before(swarm, changed.name) == SECOND


def test_the_release_before_may_be_lost(swarm: ScriptedSwarm) -> None:
    swarm.serve(FIRST, SECOND)
    del swarm.configs[FIRST.name]
    with pytest.raises(RecordUnreadable, match=FIRST.name):
        find_release_before(swarm, SECOND.name)
