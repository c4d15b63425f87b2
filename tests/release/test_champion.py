from __future__ import annotations

from pathlib import Path

import pytest

from release import images
from release.docker import DockerFailed, ReleaseFailed
from release.images import fetch_champion
from tests.release.commands import refuse_sessions, run, use_docker
from tests.release.scripted_docker import Refusal, ScriptedDocker

IMAGE = "registry.example.com/ml-service:production"
NO_CURRENT = "has a current version already: remove it, or set ARTIFACT_DIR."


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ScriptedDocker:
    """Return what the command speaks to, which has the image."""
    docker = ScriptedDocker(pull="", create="0123\n", cp="", rm="0123\n")
    use_docker(monkeypatch, images, docker)
    monkeypatch.setenv("CHAMPION_IMAGE", IMAGE)
    monkeypatch.setenv("ARTIFACT_DIR", str(tmp_path / "artifacts"))
    return docker


def test_copies_the_version_out_of_the_image(docker: ScriptedDocker, tmp_path: Path) -> None:
    folder = tmp_path / "artifacts" / "new"
    fetch_champion(docker, IMAGE, folder)
    assert docker.commands == [f"pull {IMAGE}", f"create {IMAGE}", f"cp 0123:/srv/artifacts/. {folder}", "rm 0123"]
    assert folder.is_dir()


def test_takes_a_folder_that_is_there(docker: ScriptedDocker, tmp_path: Path) -> None:
    (tmp_path / "v1").mkdir()
    fetch_champion(docker, IMAGE, tmp_path)
    assert f"cp 0123:/srv/artifacts/. {tmp_path}" in docker.commands


@pytest.mark.parametrize("target", ["v1", "none"])
def test_overwrites_no_current_version(docker: ScriptedDocker, tmp_path: Path, target: str) -> None:
    (tmp_path / "v1").mkdir()
    (tmp_path / "current").symlink_to(target)
    with pytest.raises(ReleaseFailed) as refused:
        fetch_champion(docker, IMAGE, tmp_path)
    assert str(refused.value) == f"The folder {tmp_path} {NO_CURRENT}"
    assert docker.commands == []


@pytest.mark.parametrize(
    "said",
    [
        f"Error response from daemon: manifest for {IMAGE} not found: manifest unknown: manifest unknown",
        "Error response from daemon: name unknown: repository name not known to registry",
        f'Error response from daemon: failed to resolve reference "{IMAGE}": {IMAGE}: not found',
        f"no such manifest: {IMAGE}",
        "MANIFEST UNKNOWN",
    ],
)
def test_there_is_no_champion_where_the_registry_does_not_know_the_image(
    docker: ScriptedDocker, tmp_path: Path, said: str
) -> None:
    docker.script["pull"] = Refusal(said)
    fetch_champion(docker, IMAGE, tmp_path / "artifacts")
    assert docker.commands == [f"pull {IMAGE}"]
    assert not (tmp_path / "artifacts").exists()


@pytest.mark.parametrize(
    "said",
    [
        "Error response from daemon: unauthorized: authentication required",
        "dial tcp: lookup registry.example.com: no such host",
        'error during connect: exec: "ssh": executable file not found in $PATH',
        "error during connect: stderr=bash: line 1: docker: command not found",
        "Error response from daemon: received unexpected HTTP status: 404 Not Found",
    ],
)
def test_does_not_take_another_failure_for_a_first_release(docker: ScriptedDocker, tmp_path: Path, said: str) -> None:
    docker.script["pull"] = Refusal(said)
    with pytest.raises(DockerFailed):
        fetch_champion(docker, IMAGE, tmp_path)


def test_removes_the_container_also_where_copying_fails(docker: ScriptedDocker, tmp_path: Path) -> None:
    docker.script["cp"] = Refusal("no space")
    with pytest.raises(DockerFailed, match="failed: no space$"):
        fetch_champion(docker, IMAGE, tmp_path)
    assert docker.commands[-1] == "rm 0123"


def test_says_whose_version_the_champion_is(
    docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, images, "champion") is None
    assert capsys.readouterr().out == f"The champion is that of {IMAGE}.\n"
    assert (tmp_path / "artifacts").is_dir()


def test_puts_it_where_training_looks_by_default(
    docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTIFACT_DIR", " ")
    run(monkeypatch, images, "champion")
    assert docker.commands[2] == "cp 0123:/srv/artifacts/. artifacts"


def test_no_champion_is_no_fault(
    docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    docker.script["pull"] = Refusal("manifest unknown")
    assert run(monkeypatch, images, "champion") is None
    assert capsys.readouterr().out == f"There is no {IMAGE}, so no champion yet.\n"


def test_fetches_nothing_where_no_comparison_is_wanted(
    docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHAMPION_IMAGE", "none")
    assert run(monkeypatch, images, "champion") is None
    assert (capsys.readouterr().out, docker.commands) == ("No champion is wanted.\n", [])


@pytest.mark.parametrize("value", ["", " "])
def test_asks_for_the_image(docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CHAMPION_IMAGE", value)
    assert run(monkeypatch, images, "champion") == (
        "CHAMPION_IMAGE must name that in production, such as registry.example.com/ml-service:production."
    )


def test_says_why_it_was_not_fetched(docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.script["create"] = Refusal("no space")
    assert (
        run(monkeypatch, images, "champion")
        == f"The champion was not fetched. 'docker create {IMAGE}' failed: no space"
    )


def test_says_what_is_in_the_way(docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "artifacts" / "current").mkdir(parents=True)
    assert (
        run(monkeypatch, images, "champion")
        == f"The champion was not fetched. The folder {tmp_path}/artifacts {NO_CURRENT}"
    )


def test_says_that_the_folder_cannot_be_made(
    docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "artifacts").touch()
    assert run(monkeypatch, images, "champion") == (
        f"The champion was not fetched. [Errno 17] File exists: '{tmp_path}/artifacts'"
    )


def test_says_that_there_is_no_session(docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_sessions(monkeypatch, images)
    assert run(monkeypatch, images, "champion") == "The champion was not fetched. No user."
