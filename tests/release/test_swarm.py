from __future__ import annotations

import pytest

from release.docker import DockerFailed
from release.swarm import EngineUnusable, is_without_swarm, prepare_engine
from tests.release.scripted_docker import Refusal, ScriptedDocker

ASKS_STATE = "info --format {{.Swarm.LocalNodeState}}"
ASKS_BOTH = f"{ASKS_STATE} {{{{.Swarm.ControlAvailable}}}}"
MAKES_SWARM = "swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377"


def build_docker(state: str, is_manager: str) -> ScriptedDocker:
    """Return an engine in that state."""
    docker = ScriptedDocker(version="", swarm_init="Swarm initialized")
    docker.script |= {ASKS_STATE: f"{state}\n", ASKS_BOTH: f"{state} {is_manager}\n"}
    return docker


def explain(docker: ScriptedDocker) -> str:
    with pytest.raises(EngineUnusable) as refused:
        prepare_engine(docker)
    return str(refused.value)


def test_leaves_a_manager_as_it_is() -> None:
    docker = build_docker("active", "true")
    prepare_engine(docker)
    assert docker.commands == ["version", ASKS_STATE, ASKS_BOTH]


def test_makes_a_swarm_that_no_other_machine_can_join() -> None:
    docker = build_docker("inactive", "false")
    prepare_engine(docker)
    assert docker.commands == ["version", ASKS_STATE, MAKES_SWARM]


@pytest.mark.parametrize(
    ("state", "is_manager"), [("active", "false"), ("pending", "false"), ("locked", "false"), ("error", "true")]
)
def test_refuses_an_engine_that_cannot_be_given_a_stack(state: str, is_manager: str) -> None:
    assert explain(build_docker(state, is_manager)) == (
        "The engine is in a swarm that it does not manage: name a manager with DOCKER_HOST."
    )


def test_says_why_no_swarm_could_be_made() -> None:
    docker = build_docker("inactive", "false")
    docker.script["swarm init"] = Refusal("address already in use")
    assert explain(docker) == (
        "The engine is in no swarm, and none could be made of it. "
        f"'docker {MAKES_SWARM}' failed: address already in use"
    )


@pytest.mark.parametrize(("state", "is_without"), [("inactive", True), ("active", False), ("locked", False)])
def test_knows_whether_an_engine_is_in_a_swarm(state: str, is_without: bool) -> None:
    assert is_without_swarm(build_docker(state, "false")) is is_without


def test_says_why_there_is_no_engine_also_where_info_does_not() -> None:
    docker = build_docker("", "false")
    docker.script["version"] = Refusal("Cannot connect to the Docker daemon")
    with pytest.raises(DockerFailed, match="^'docker version' failed: Cannot connect to the Docker daemon$"):
        prepare_engine(docker)
