from __future__ import annotations

import pytest

from release.docker import DockerFailed
from release.images import fetch_image, read_contents
from tests.release.scripted_docker import Refusal
from tests.release.scripted_swarm import IMAGE, ScriptedSwarm

INSPECTED = f"image inspect --format {{{{.Id}}}} {IMAGE}"


def test_fetches_an_image_only_where_it_is_not_there(swarm: ScriptedSwarm) -> None:
    fetch_image(swarm, IMAGE)
    assert swarm.commands == [INSPECTED, f"pull {IMAGE}"]
    fetch_image(swarm, IMAGE)
    assert swarm.commands[2:] == [INSPECTED]


def test_says_why_an_image_cannot_be_fetched(swarm: ScriptedSwarm) -> None:
    swarm.script["pull"] = Refusal("denied")
    with pytest.raises(DockerFailed, match=f"^'docker pull {IMAGE}' failed: denied$"):
        fetch_image(swarm, IMAGE)


def test_reads_the_version_and_the_files_without_running_anything(swarm: ScriptedSwarm) -> None:
    swarm.files = {"stack.yml": "services:", "nginx/servers/http.conf": "listen 8080;"}
    assert read_contents(swarm, IMAGE) == ("v2", swarm.files)
    assert [command.split()[0] for command in swarm.commands[2:]] == ["create", "cp", "cp", "rm"]


def test_removes_the_container_also_where_nothing_is_in_the_image(swarm: ScriptedSwarm) -> None:
    swarm.script["cp"] = Refusal("Could not find the file /srv/artifacts/current in container 0123")
    with pytest.raises(DockerFailed, match="failed: Could not find the file"):
        read_contents(swarm, IMAGE)
    assert swarm.commands[-1] == "rm container"
