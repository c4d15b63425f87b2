"""Two that deploy to the same engine at once: nobody is told of a release as served that is not."""

from __future__ import annotations

import pytest

from release.rolling import Overtaken
from tests.release.engine_answers import build_service, write
from tests.release.rollouts import FIRST, SECOND, Rollout
from tests.release.scripted_docker import Refusal
from tests.release.scripted_swarm import build_release

OTHER = build_release(3, FIRST.name)
SAYS = f"Somebody else has deployed or rolled back during release {SECOND.name}: "


@pytest.fixture
def rollout(monkeypatch: pytest.MonkeyPatch) -> Rollout:
    """Return an engine that serves a first release."""
    rollout = Rollout(monkeypatch)
    rollout.swarm.serve(FIRST)
    return rollout


def let_other_deploy(rollout: Rollout, serves: str | None = OTHER.name) -> None:
    """Have something else be served as soon as the roll-out has begun."""
    deploy = rollout.swarm.script["stack deploy"]
    assert callable(deploy)

    def deploy_twice(arguments: tuple[str, ...], stdin: str) -> str:
        said: str = deploy(arguments, stdin)
        rollout.swarm.served = serves
        return said

    rollout.swarm.script["stack deploy"] = deploy_twice


def test_a_release_that_is_not_served_any_more_has_not_passed(rollout: Rollout) -> None:
    let_other_deploy(rollout)
    assert rollout.explain(SECOND) == f"{SAYS}release {OTHER.name} is there now."
    assert list(rollout.swarm.passed) == [f"{FIRST.name}-passed"]


def test_what_somebody_else_has_deployed_is_left_alone(rollout: Rollout) -> None:
    let_other_deploy(rollout)
    rollout.failing.append(OTHER.name)
    assert rollout.explain(SECOND) == f"{SAYS}release {OTHER.name} is there now."
    assert (rollout.swarm.served, len(rollout.swarm.deployed)) == (OTHER.name, 1)


def test_says_that_the_engine_is_back_at_an_older_release(rollout: Rollout) -> None:
    let_other_deploy(rollout, serves=FIRST.name)
    assert rollout.explain(SECOND) == f"{SAYS}release {FIRST.name} is there now."


def test_a_rollback_says_so_too(rollout: Rollout) -> None:
    rollout.swarm.serve(SECOND)
    let_other_deploy(rollout)
    with pytest.raises(Overtaken, match=f"{OTHER.name} is there now"):
        rollout.return_to(FIRST)


def test_goes_back_where_the_engine_itself_went_back_to_what_nobody_has_tested(rollout: Rollout) -> None:
    rollout.swarm.serve(OTHER, passed=False)
    as_it_is = rollout.swarm.script["service inspect"]
    gone_back = build_service("rollback_completed", 1)
    rollout.swarm.script["service inspect"] = [as_it_is, write(gone_back), as_it_is]
    let_other_deploy(rollout, serves=OTHER.name)
    rollout.explain(SECOND)
    assert rollout.swarm.variables["RELEASE"] == FIRST.name


def test_a_first_release_removes_no_other_that_came_meanwhile(rollout: Rollout) -> None:
    first = build_release(2)
    rollout.failing.append(first.name)
    assert rollout.explain(first) == f"{SAYS}release {FIRST.name} is there now."
    assert (rollout.swarm.served, rollout.swarm.deployed) == (FIRST.name, [])


def test_goes_back_over_no_other_that_came_while_the_engine_could_not_be_asked(rollout: Rollout) -> None:
    rollout.failing.append(SECOND.name)
    read, no = rollout.swarm.script["config inspect"], Refusal("connection reset")

    def fail_and_be_overtaken(arguments: tuple[str, ...], stdin: str) -> str:
        rollout.swarm.served = OTHER.name
        return no

    rollout.swarm.script["config inspect"] = [fail_and_be_overtaken, read]
    assert f"{OTHER.name} is there now." in rollout.explain(SECOND)
    assert (rollout.swarm.served, len(rollout.swarm.deployed)) == (OTHER.name, 1)


@pytest.mark.parametrize("command", ["service inspect", "service ls"])
def test_is_served_also_where_the_engine_cannot_be_asked_in_the_end(rollout: Rollout, command: str) -> None:
    rollout.swarm.script["stack deploy"] = [rollout.swarm.script["stack deploy"], Refusal("no second time")]
    rollout.after_check = lambda: rollout.swarm.script.update({command: Refusal("connection reset")})
    rollout.run(SECOND)
    assert f"{SECOND.name}-passed" in rollout.swarm.passed
