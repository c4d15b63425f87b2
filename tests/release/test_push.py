from __future__ import annotations

from pathlib import Path

import pytest

from release import images
from release.docker import DockerFailed
from release.images import name_repository
from tests.release.commands import refuse_sessions, run, use_docker
from tests.release.scripted_docker import Refusal, ScriptedDocker

TAG = "registry.example.com:5000/team/ml-service:abc-1"
IMAGE = "registry.example.com:5000/team/ml-service@sha256:1"


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> ScriptedDocker:
    """Return what the command speaks to."""
    docker = ScriptedDocker(push="", image_inspect=f"{IMAGE}\n")
    use_docker(monkeypatch, images, docker)
    return docker


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("ml-service", "ml-service"),
        ("ml-service:latest", "ml-service"),
        ("localhost:5000/ml-service", "localhost:5000/ml-service"),
        (TAG, "registry.example.com:5000/team/ml-service"),
        (IMAGE, "registry.example.com:5000/team/ml-service"),
        (f"{TAG}@sha256:1", "registry.example.com:5000/team/ml-service"),
    ],
)
def test_names_the_repository_of_an_image(image: str, repository: str) -> None:
    assert name_repository(image) == repository


def test_writes_the_digest_in_the_repository_that_was_pushed_to(tmp_path: Path) -> None:
    others = f"{IMAGE.replace('team', 'other')}\nmirror/{IMAGE}\n{IMAGE.replace('service', 'service-2')}\n"
    docker = ScriptedDocker(push="", image_inspect=f"{others}{IMAGE}\n")
    images.push(docker, TAG, tmp_path / "image.env")
    assert (tmp_path / "image.env").read_text() == f"IMAGE={IMAGE}\n"
    assert docker.commands == [f"push {TAG}", f'image inspect --format {{{{join .RepoDigests "\\n"}}}} {TAG}']


def test_says_that_the_engine_knows_no_digest(tmp_path: Path) -> None:
    with pytest.raises(DockerFailed) as failed:
        images.push(ScriptedDocker(push="", image_inspect="\n"), TAG, tmp_path / "image.env")
    assert str(failed.value) == (
        f"'docker push {TAG}' failed: the engine knows no digest of it in registry.example.com:5000/team/ml-service"
    )


def test_writes_the_digest_for_the_jobs_that_deploy(
    docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI_REGISTRY", "registry.example.com")
    file = tmp_path / "reports" / "new" / "image.env"
    assert run(monkeypatch, images, "push", TAG, str(file)) is None
    assert (file.read_text(), capsys.readouterr().out) == (f"IMAGE={IMAGE}\n", f"Pushed {IMAGE}.\n")
    assert docker.environment["CI_REGISTRY"] == "registry.example.com"


@pytest.mark.parametrize("arguments", [[], [TAG], [TAG, "file", "more"]])
def test_asks_for_what_it_needs(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    assert run(monkeypatch, images, "push", *arguments) == (
        "Say what to push, and where to write its digest: python3 -m release.images push TAG FILE"
    )


def test_says_why_it_was_not_pushed(docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker.script["push"] = Refusal("denied")
    assert (
        run(monkeypatch, images, "push", TAG, str(tmp_path / "file"))
        == f"Not pushed. 'docker push {TAG}' failed: denied"
    )
    assert not (tmp_path / "file").exists()


def test_says_that_the_digest_cannot_be_written(
    docker: ScriptedDocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert (
        run(monkeypatch, images, "push", TAG, str(tmp_path)) == f"Not pushed. [Errno 21] Is a directory: '{tmp_path}'"
    )


def test_says_that_there_is_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_sessions(monkeypatch, images)
    assert run(monkeypatch, images, "push", TAG, "file") == "Not pushed. No user."
