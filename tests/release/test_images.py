from __future__ import annotations

from pathlib import Path

import pytest

from release.docker import DockerFailed
from release.images import VersionDiffers, check_version, copy_artifacts, fetch_image
from tests.release.scripted_docker import Refusal
from tests.release.scripted_swarm import ScriptedSwarm

IMAGE = "registry.example.com/ml-service@sha256:1"
INSPECTED = f"image inspect --format {{{{.Id}}}} {IMAGE}"


@pytest.fixture
def swarm() -> ScriptedSwarm:
    """Return an engine that has no image yet."""
    return ScriptedSwarm()


def test_fetches_an_image_that_is_not_there(swarm: ScriptedSwarm) -> None:
    fetch_image(swarm, IMAGE)
    assert swarm.commands == [INSPECTED, f"pull {IMAGE}"]


def test_asks_no_registry_for_an_image_that_is_there(swarm: ScriptedSwarm) -> None:
    swarm.images.add(IMAGE)
    fetch_image(swarm, IMAGE)
    assert swarm.commands == [INSPECTED]


def test_says_why_an_image_cannot_be_fetched(swarm: ScriptedSwarm) -> None:
    swarm.script["pull"] = Refusal("denied")
    with pytest.raises(DockerFailed, match=f"^'docker pull {IMAGE}' failed: denied$"):
        fetch_image(swarm, IMAGE)


def test_an_image_with_the_version_will_do(swarm: ScriptedSwarm) -> None:
    check_version(swarm, IMAGE, swarm.baked)
    assert swarm.commands[2:4] == [f"create {IMAGE}", swarm.find_commands("cp container:/srv/artifacts/current ")[0]]
    assert swarm.commands[4:] == ["rm container"]


def test_an_image_with_another_version_will_not(swarm: ScriptedSwarm) -> None:
    with pytest.raises(VersionDiffers) as differs:
        check_version(swarm, IMAGE, "v3")
    assert str(differs.value) == (
        f"{IMAGE} has version v2 in it, but the artifacts here are of version v3: name by ARTIFACT_DIR the artifacts "
        "that the image was built with, or build it anew."
    )
    assert swarm.commands[-1] == "rm container"


def test_an_image_without_a_version_will_not_either(swarm: ScriptedSwarm) -> None:
    swarm.script["cp"] = Refusal("Could not find the file /srv/artifacts/current in container 0123")
    with pytest.raises(DockerFailed, match="failed: Could not find the file"):
        check_version(swarm, IMAGE, swarm.baked)
    assert swarm.commands[-1] == "rm container"


def test_copies_all_versions(swarm: ScriptedSwarm, tmp_path: Path) -> None:
    swarm.script["cp"] = ""
    copy_artifacts(swarm, IMAGE, tmp_path / "artifacts")
    assert swarm.commands == [
        f"create {IMAGE}",
        f"cp container:/srv/artifacts/. {tmp_path / 'artifacts'}",
        "rm container",
    ]
    assert (tmp_path / "artifacts").is_dir()
