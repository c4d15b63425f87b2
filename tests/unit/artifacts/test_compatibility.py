from __future__ import annotations

import dataclasses
import importlib.metadata
import logging
import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from app.artifacts import (
    AcceptancePolicy,
    Artifact,
    ArtifactCorrupt,
    ArtifactError,
    Metadata,
    VersionMismatch,
    check_installation,
    read_artifact,
)
from app.artifacts.compatibility import find_mismatch, watch_unpickling
from tests.support.broken_artifacts import Trap
from tests.support.small_versions import publish_copy

OURS = sklearn.__version__
ALLOWED = AcceptancePolicy(allow_version_mismatch=True)


def describe_mismatch(version: str, trained_with: str) -> str:
    return (
        f"Artifact {version} was made with scikit-learn {trained_with} and would be served with {OURS}, which may "
        f"answer otherwise. Train it again with {OURS}, install scikit-learn {trained_with}, "
        "or set ALLOW_VERSION_MISMATCH=1 to serve it if it passes its self-test."
    )


def change_release(metadata: Metadata, **libraries: str) -> Metadata:
    return dataclasses.replace(metadata, library_versions=libraries)


@pytest.fixture
def old_pickle(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return what scikit-learn 1.0.2 would have pickled: three estimators, two within the other."""
    with monkeypatch.context() as patch:
        patch.setattr("sklearn.base.__version__", "1.0.2")
        return pickle.dumps(make_pipeline(StandardScaler(), StandardScaler()))


def build_artifact(artifact: Artifact, model_bytes: bytes, allow_version_mismatch: bool) -> Artifact:
    return dataclasses.replace(artifact, model_bytes=model_bytes, allow_version_mismatch=allow_version_mismatch)


def test_finds_no_mismatch_where_the_releases_agree(iris_artifact: Artifact) -> None:
    assert find_mismatch(iris_artifact.metadata) is None


@pytest.mark.parametrize("libraries", [{"scikit-learn": f"{OURS}.post1"}, {"scikit-learn": ""}, {"sklearn": OURS}, {}])
def test_finds_a_mismatch_where_they_do_not(iris_artifact: Artifact, libraries: dict[str, str]) -> None:
    mismatch = find_mismatch(change_release(iris_artifact.metadata, **libraries))
    trained_with = libraries.get("scikit-learn", "of an unknown release")
    assert mismatch is not None
    assert (mismatch.version, mismatch.trained_with, mismatch.served_with) == ("iris", trained_with, OURS)


def test_refuses_an_artifact_that_another_release_has_made(tmp_path: Path, iris_artifact: Artifact) -> None:
    publish_copy(tmp_path, iris_artifact, "old", library_versions={"scikit-learn": "1.0.2"})
    with pytest.raises(VersionMismatch) as refused:
        read_artifact(tmp_path)
    assert str(refused.value) == describe_mismatch("old", "1.0.2")


def test_records_the_other_release_where_that_is_allowed(tmp_path: Path, iris_artifact: Artifact) -> None:
    publish_copy(tmp_path, iris_artifact, "old", library_versions={"scikit-learn": "1.0.2"})
    artifact = read_artifact(tmp_path, policy=ALLOWED)
    assert str(artifact.version_mismatch) == describe_mismatch("old", "1.0.2")
    assert isinstance(artifact.unpickle()[1], LogisticRegression)


@pytest.mark.parametrize("allow_version_mismatch", [True, False])
def test_finds_nothing_to_record_of_an_artifact_of_this_release(
    tmp_path: Path, iris_artifact: Artifact, allow_version_mismatch: bool
) -> None:
    publish_copy(tmp_path, iris_artifact, "new")
    artifact = read_artifact(tmp_path, policy=AcceptancePolicy(allow_version_mismatch=allow_version_mismatch))
    assert (artifact.version_mismatch, artifact.allow_version_mismatch) == (None, allow_version_mismatch)


@pytest.mark.parametrize("name", ["preprocessor_bytes", "model_bytes"])
def test_refuses_a_pickle_of_another_release_whatever_the_metadata_says(
    iris_artifact: Artifact, old_pickle: bytes, name: str
) -> None:
    changes: dict[str, Any] = {name: old_pickle}
    with pytest.raises(VersionMismatch) as refused:
        dataclasses.replace(iris_artifact, **changes).unpickle()
    assert str(refused.value) == describe_mismatch("iris", "1.0.2")


def test_logs_once_that_a_pickle_is_of_another_release_where_that_is_allowed(
    iris_artifact: Artifact, old_pickle: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    _, model = build_artifact(iris_artifact, old_pickle, True).unpickle()
    assert [type(step) for _, step in model.steps] == [StandardScaler, StandardScaler]
    assert caplog.record_tuples == [
        (
            "app.artifacts.compatibility",
            logging.WARNING,
            f"Estimators of artifact iris were pickled by scikit-learn 1.0.2; this is {OURS}.",
        )
    ]


def test_names_the_other_release_where_its_pickle_cannot_be_unpickled(iris_artifact: Artifact) -> None:
    mismatch = VersionMismatch("iris", "1.0.2", OURS)
    artifact = dataclasses.replace(iris_artifact, model_bytes=b"", version_mismatch=mismatch)
    with pytest.raises(ArtifactCorrupt) as refused:
        artifact.unpickle()
    assert refused.value.fault == (
        f"model.pkl cannot be unpickled (EOFError: ); scikit-learn 1.0.2 made it, and this is {OURS}"
    )


@pytest.mark.parametrize("allow_version_mismatch", [True, False])
def test_logs_nothing_of_a_pickle_of_this_release(
    iris_artifact: Artifact, caplog: pytest.LogCaptureFixture, allow_version_mismatch: bool
) -> None:
    dataclasses.replace(iris_artifact, allow_version_mismatch=allow_version_mismatch).unpickle()
    assert caplog.record_tuples == []


@pytest.mark.parametrize("allow_version_mismatch", [True, False])
def test_lets_every_other_warning_through(iris_artifact: Artifact, allow_version_mismatch: bool) -> None:
    trap = pickle.dumps(Trap("import warnings; warnings.warn('careful', ResourceWarning)"))
    artifact = build_artifact(iris_artifact, trap, allow_version_mismatch)
    with pytest.warns(ResourceWarning, match="^careful$") as warned:
        artifact.unpickle()
    assert len(warned) == 1


@pytest.mark.parametrize("allow_version_mismatch", [True, False])
def test_a_warning_that_is_an_error_elsewhere_is_one_here(
    iris_artifact: Artifact, allow_version_mismatch: bool
) -> None:
    trap = pickle.dumps(Trap("import warnings; warnings.warn('careful')"))
    with pytest.raises(ArtifactCorrupt) as refused:
        build_artifact(iris_artifact, trap, allow_version_mismatch).unpickle()
    assert refused.value.fault == "model.pkl cannot be unpickled (UserWarning: careful)"


@pytest.mark.parametrize("allow_version_mismatch", [True, False])
def test_leaves_the_filters_of_warnings_as_they_were(allow_version_mismatch: bool) -> None:
    before = list(warnings.filters)
    with watch_unpickling("v1", allow_version_mismatch):
        pass
    assert warnings.filters == before


def test_says_that_another_release_has_been_installed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: f"9.9.9 of {name}")
    with pytest.raises(ArtifactError) as refused:
        check_installation()
    assert str(refused.value) == (
        f"This process runs scikit-learn {sklearn.__version__}, but 9.9.9 of scikit-learn has been installed "
        "meanwhile. Start it anew to change the model."
    )


def test_finds_nothing_wrong_with_an_installation_that_is_as_it_was() -> None:
    check_installation()
