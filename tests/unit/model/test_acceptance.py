from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import sklearn

from app.artifacts import Artifact, ArtifactCorrupt, ArtifactNotFound, ArtifactUntrusted, VersionMismatch, pack_artifact
from app.model.acceptance import Acceptance, accept_version
from app.model.trial import Outcome, Trial
from app.publishing.store import publish
from app.settings import Settings
from tests.support.broken_artifacts import Trap
from tests.support.running_server import wait_until
from tests.support.signing_keys import write_signing_key
from tests.support.small_versions import publish_copy
from tests.unit.model.conftest import are_gone


@pytest.fixture
def settings(tmp_path: Path, iris_artifact: Artifact) -> Settings:
    """Return the settings of a folder with the versions v1 and v2, which is the current one."""
    for version in ("v1", "v2"):
        publish_copy(tmp_path / "artifacts", iris_artifact, version)
    return Settings(artifact_dir=tmp_path / "artifacts")


def publish_trap(settings: Settings, artifact: Artifact, code: str) -> None:
    """Publish a version `trap` that runs `code` when it is unpickled."""
    metadata = dataclasses.replace(artifact.metadata, version="trap")
    publish(settings.artifact_dir, "trap", pack_artifact(metadata, artifact.golden, None, Trap(code)))


def accept(settings: Settings, version: str | None) -> Artifact:
    """Return the artifact of a version that is accepted as `settings` say."""
    return accept_version(settings.artifact_dir, version, settings.build_policy()).artifact


@pytest.mark.parametrize(("version", "accepted"), [(None, "v2"), ("v1", "v1")])
def test_accepts_the_version_asked_for_or_the_current_one(
    settings: Settings, version: str | None, accepted: str
) -> None:
    assert accept(settings, version).metadata.version == accepted


def test_refuses_a_version_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(ArtifactNotFound, match="^There is no version v3 in "):
        accept(settings, "v3")


def test_refuses_an_artifact_that_is_not_signed_with_the_key_of_the_settings(
    settings: Settings, tmp_path: Path
) -> None:
    settings = dataclasses.replace(settings, artifact_public_key_file=write_signing_key(tmp_path).public_file)
    with pytest.raises(ArtifactUntrusted, match="^Artifact v1 is not trusted: it is not signed"):
        accept(settings, "v1")


@pytest.mark.parametrize("is_allowed", [True, False])
def test_accepts_another_scikit_learn_only_where_the_settings_allow_it(
    settings: Settings, iris_artifact: Artifact, is_allowed: bool
) -> None:
    publish_copy(settings.artifact_dir, iris_artifact, "old", library_versions={"scikit-learn": "1.0.2"})
    settings = dataclasses.replace(settings, allow_version_mismatch=is_allowed)
    if is_allowed:
        assert isinstance(accept(settings, "old").version_mismatch, VersionMismatch)
    else:
        with pytest.raises(VersionMismatch):
            accept(settings, "old")


def test_waits_as_the_caller_wants_to(settings: Settings) -> None:
    waited_for: list[Trial] = []
    accepted = accept_version(settings.artifact_dir, "v1", settings.build_policy(), wait=waited_for.append)
    assert [trial.artifact.metadata for trial in waited_for] == [accepted.artifact.metadata]


def test_what_is_accepted_holds_what_its_trial_has_measured(settings: Settings) -> None:
    accepted = accept_version(settings.artifact_dir, "v1", settings.build_policy())
    assert accepted.artifact.measured == accepted.outcome.measured != {}


def test_what_the_caller_raises_meanwhile_ends_the_trial(
    settings: Settings, iris_artifact: Artifact, forks: Path
) -> None:
    publish_trap(settings, iris_artifact, "import signal\nwhile True: signal.pause()")

    def wait(trial: Trial) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        accept_version(settings.artifact_dir, "trap", settings.build_policy(), wait)
    wait_until(are_gone(forks), "the end of both processes")


def test_an_interrupt_of_the_caller_ends_the_trial(settings: Settings, iris_artifact: Artifact, forks: Path) -> None:
    kill = f"import os, signal\nos.kill({os.getpid()}, signal.SIGINT)\nwhile True: signal.pause()"
    publish_trap(settings, iris_artifact, kill)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            accept(settings, "trap")
    finally:
        signal.signal(signal.SIGINT, handler)
    wait_until(are_gone(forks), "the end of both processes")


def test_refuses_a_version_that_answers_otherwise_than_its_golden_rows(
    settings: Settings, iris_artifact: Artifact
) -> None:
    arrays = iris_artifact.golden.arrays
    rolled = {**arrays, "probabilities": np.roll(arrays["probabilities"], 1)}
    golden = dataclasses.replace(iris_artifact.golden, arrays=rolled)
    publish_copy(settings.artifact_dir, dataclasses.replace(iris_artifact, golden=golden), "odd")
    with pytest.raises(ArtifactCorrupt, match="^Artifact odd is corrupt: the self-test failed: probabilities differ"):
        accept(settings, "odd")


def test_never_unpickles_in_this_process(settings: Settings, iris_artifact: Artifact, tmp_path: Path) -> None:
    trap = f"import os; open({str(tmp_path / 'process')!r}, 'w').write(str(os.getpid()))"
    publish_trap(settings, iris_artifact, trap)
    with pytest.raises(ArtifactCorrupt):
        accept(settings, "trap")
    assert int((tmp_path / "process").read_text()) != os.getpid()


@pytest.mark.parametrize(
    ("is_verified", "signature"), [(True, "its signature is valid"), (False, "no signature is asked for")]
)
def test_describes_what_has_been_checked(iris_artifact: Artifact, is_verified: bool, signature: str) -> None:
    artifact = dataclasses.replace(iris_artifact, is_signature_verified=is_verified)
    assert Acceptance(artifact, Outcome([], {})).describe() == (
        f"Version iris is verified: every file is as the manifest says, {signature}, and it answers its 20 golden "
        "rows as it did when it was trained."
    )


def test_describes_which_scikit_learn_made_it_where_another_serves_it(iris_artifact: Artifact) -> None:
    mismatch = VersionMismatch("iris", "1.0.2", sklearn.__version__)
    artifact = dataclasses.replace(iris_artifact, version_mismatch=mismatch)
    assert Acceptance(artifact, Outcome([], {})).describe() == (
        "Version iris is verified: every file is as the manifest says, no signature is asked for, and it answers its "
        "20 golden rows as it did when it was trained. It was made with scikit-learn 1.0.2 and is served with "
        f"{sklearn.__version__}, as ALLOW_VERSION_MISMATCH=1 allows."
    )
