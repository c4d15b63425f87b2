from __future__ import annotations

import json
from datetime import datetime, tzinfo
from pathlib import Path

import pytest

from app.artifacts import Artifact, list_versions
from app.commands import models as model_commands
from app.publishing.store import publish
from app.settings import Settings
from tests.support.broken_artifacts import build_files, change_metadata, flip_bit
from tests.support.model_commands import REMEDY, Run, build_run
from tests.support.small_versions import publish_copy, read_links

SUGGESTION = (
    "Published there: v1, v2, v3. Make one of them the current one with 'make promote VERSION=...', "
    "choose one with MODEL_VERSION, or publish another with 'make train'."
)
NOTHING_PUBLISHED = "Nothing is published there: publish a version with 'make train'."
VERIFIED = (
    "Version {} is verified: every file is as the manifest says, no signature is asked for, and it answers its 20 "
    "golden rows as it did when it was trained."
)
METRICS = {"test": {"accuracy": 0.93333, "roc_auc": 0.99666}}
LIBRARIES = {"scikit-learn": "1.2.3"}


class Clock(datetime):
    """A clock that stands still, at noon of the fourth of March."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Clock:
        return cls(2026, 3, 4, 12, tzinfo=tz)


def test_lists_the_versions_as_a_table(
    tmp_path: Path, iris_artifact: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, created_at in (("v1", "2026-03-01T12:00:00"), ("v2", "2026-03-04T11:58:59"), ("v3", "2026-03-03")):
        publish_copy(tmp_path, iris_artifact, name, created_at=created_at, metrics=METRICS, library_versions=LIBRARIES)
    (tmp_path / "v1" / "metadata.json").unlink()
    monkeypatch.setattr(model_commands, "datetime", Clock)
    assert build_run(Settings(artifact_dir=tmp_path))("list") == (
        0,
        "VERSION       AGE  ACCURACY  ROC AUC  SCIKIT-LEARN\n"
        "v2       1 minute    0.9333   0.9967  1.2.3         previous\n"
        "v3          1 day    0.9333   0.9967  1.2.3         current\n"
        "v1              -         -        -  -             broken: 'flask models verify v1' says why\n",
    )


def test_says_where_nothing_is_published(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    sentence = f"Error: Nothing is published in {folder}: 'make train' publishes.\n"
    assert build_run(Settings(artifact_dir=folder))("list") == (1, sentence)
    assert not folder.exists()


def test_shows_the_metadata_of_the_current_version_or_of_another(run: Run) -> None:
    for arguments, version in (((), "v3"), (("v1",), "v1")):
        status, output = run("show", *arguments)
        assert (status, json.loads(output)["version"]) == (0, version)


def test_shows_all_of_the_metadata_as_it_was_published(run: Run, artifact_dir: Path) -> None:
    assert run("show") == (0, (artifact_dir / "v3" / "metadata.json").read_text())


def test_shows_letters_as_they_are(run: Run, artifact_dir: Path, iris_artifact: Artifact) -> None:
    publish_copy(artifact_dir, iris_artifact, "v4", dataset="Blüten, 花")
    assert '\n  "dataset": "Blüten, 花",\n' in run("show", "v4")[1]


@pytest.mark.parametrize(("arguments", "version"), [((), "v3"), (("v1",), "v1")])
def test_verifies_the_current_version_or_another(run: Run, arguments: tuple[str, ...], version: str) -> None:
    assert run("verify", *arguments) == (0, VERIFIED.format(version) + "\n")


def test_verifies_the_current_version_though_the_server_has_another(artifact_dir: Path) -> None:
    run = build_run(Settings(artifact_dir=artifact_dir, model_version="v1"))
    assert run("verify") == (0, VERIFIED.format("v3") + "\n")


def test_says_what_is_wrong_with_a_version(run: Run, artifact_dir: Path) -> None:
    flip_bit(artifact_dir / "v1")
    fault = "model.pkl does not have the SHA-256 that the manifest says"
    assert run("verify", "v1") == (1, f"Error: Artifact v1 is corrupt: {fault}. {REMEDY}\n")


def test_verifies_a_version_of_another_scikit_learn_where_that_is_allowed(
    artifact_dir: Path, iris_artifact: Artifact
) -> None:
    publish(artifact_dir, "old", change_metadata(library_versions=LIBRARIES)(build_files(iris_artifact, "old")))
    installed = iris_artifact.metadata.library_versions["scikit-learn"]
    assert build_run(Settings(artifact_dir=artifact_dir, allow_version_mismatch=True))("verify", "old") == (
        0,
        f"{VERIFIED.format('old')} It was made with scikit-learn 1.2.3 and is served with {installed}, "
        "as ALLOW_VERSION_MISMATCH=1 allows.\n",
    )


@pytest.mark.parametrize("command", ["show", "verify", "promote"])
def test_says_which_versions_there_are_instead_of_one_that_is_not(run: Run, artifact_dir: Path, command: str) -> None:
    assert run(command, "v9") == (1, f"Error: There is no version v9 in {artifact_dir}. {SUGGESTION}\n")


@pytest.mark.parametrize("command", ["show", "verify"])
def test_says_that_no_version_is_current(run: Run, artifact_dir: Path, command: str) -> None:
    (artifact_dir / "current").unlink()
    assert run(command) == (1, f"Error: There is no current version in {artifact_dir}. {SUGGESTION}\n")


@pytest.mark.parametrize("command", ["show", "verify"])
def test_says_that_nothing_is_published_to_look_at(tmp_path: Path, command: str) -> None:
    sentence = f"Error: There is no current version in {tmp_path / 'none'}. {NOTHING_PUBLISHED}\n"
    assert build_run(Settings(artifact_dir=tmp_path / "none"))(command) == (1, sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("prune",), "Missing option '--keep'."),
        (("prune", "--keep", "-1"), "Invalid value for '--keep': -1 is not in the range x>=0."),
        (("prune", "--keep", "few"), "Invalid value for '--keep': 'few' is not a valid integer range."),
        (("promote",), "Missing argument 'VERSION'."),
        (("promote", "v1", "v2"), "Got unexpected extra argument (v2)"),
        (("xyz", "v1"), "No such command 'xyz'."),
    ],
)
def test_refuses_what_it_does_not_know(run: Run, artifact_dir: Path, arguments: tuple[str, ...], sentence: str) -> None:
    status, output = run(*arguments)
    assert (status, output.splitlines()[-1]) == (2, f"Error: {sentence}")
    assert (list_versions(artifact_dir), read_links(artifact_dir)) == (["v1", "v2", "v3"], ("v3", "v2"))


def test_lists_its_commands(run: Run) -> None:
    commands = [line.split()[0] for line in run("--help")[1].partition("Commands:\n")[2].splitlines()]
    assert commands == ["import", "list", "promote", "prune", "reload", "rollback", "show", "test", "verify"]


def test_says_that_the_folder_cannot_be_listed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = build_run(Settings(artifact_dir=tmp_path / "file"))
    assert run("list") == (1, f"Error: The folder {tmp_path}/file cannot be read: Not a directory.\n")
